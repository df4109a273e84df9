using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Health.Adapters.Inbox;

/// <param name="Waiting">Messages acknowledged and not processed yet.</param>
/// <param name="OldestSeconds">Since the first of them came; 0 when none waits.</param>
/// <param name="ReceivedPerSecond">Messages taken in now.</param>
public sealed record BacklogState(long Waiting, double OldestSeconds, double ReceivedPerSecond);

/// <summary>How far processing is behind: asked at <c>/adapters/backlog</c>, and told to the figures every few seconds.</summary>
internal sealed class Backlog(NpgsqlDataSource database, IntakeLoad load, TimeProvider time, ILogger<Backlog> log) : BackgroundService
{
    private static readonly TimeSpan Each = TimeSpan.FromSeconds(5);

    public async Task<BacklogState> Read(CancellationToken ct)
    {
        await using var command = database.CreateCommand(
            "select count(*), (select received_at from adapters.inbox where state = 'received' order by position limit 1) from adapters.inbox where state = 'received'");
        await using var reader = await command.ExecuteReaderAsync(ct);
        await reader.ReadAsync(ct);
        var oldest = await reader.IsDBNullAsync(1, ct) ? TimeSpan.Zero : time.GetUtcNow() - reader.GetFieldValue<DateTimeOffset>(1);
        return new BacklogState(reader.GetInt64(0), Math.Round(Math.Max(0, oldest.TotalSeconds), 3), Math.Round(load.PerSecond, 1));
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Each, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken)) await Tell(stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Stopping.
        }
    }

    private async Task Tell(CancellationToken ct)
    {
        try
        {
            AdapterTelemetry.Backlog = await Read(ct);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            log.LogWarning("The backlog of the inbox cannot be read now ({Failure}).", e.GetType().Name);
        }
    }
}
