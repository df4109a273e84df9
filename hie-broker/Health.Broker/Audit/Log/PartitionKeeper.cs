using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Health.Broker.Audit.Log;

/// <summary>Makes the partitions of this and the next month, at start (before the first fact) and daily.</summary>
internal sealed class PartitionKeeper(NpgsqlDataSource database, TimeProvider clock, ILogger<PartitionKeeper> log) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromDays(1);

    public void Ensure()
    {
        var today = clock.GetUtcNow().UtcDateTime;
        foreach (var month in new[] { today, today.AddMonths(1) })
        {
            using var command = database.CreateCommand("select audit.ensure_month($1)");
            command.Parameters.Add(new NpgsqlParameter { Value = DateOnly.FromDateTime(month) });
            if (!(bool)command.ExecuteScalar()!) log.LogWarning("Audit facts of {Month:yyyy-MM} lie in the default partition and stay there", month);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                Ensure();
            }
            catch (NpgsqlException e)
            {
                log.LogWarning(e, "Audit partitions could not be made; tried again in a day");
            }
        }
    }
}
