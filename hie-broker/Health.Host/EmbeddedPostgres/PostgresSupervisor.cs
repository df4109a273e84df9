namespace Health.Host.EmbeddedPostgres;

/// <summary>Brings the private cluster back when it was killed. Clients see failed connections meanwhile and try again; nothing acknowledged is lost.</summary>
public sealed class PostgresSupervisor(PostgresCluster cluster, TimeProvider time, ILogger<PostgresSupervisor> log) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await cluster.Revive(stoppingToken);
            }
            catch (InvalidOperationException e)
            {
                // Backends of the killed server may still hold its shared memory: the next tick tries again.
                log.LogWarning("The database could not be started yet: {Reason}", e.Message);
            }
        }
    }
}
