using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Health.Adapters.Sources;

/// <summary>
/// Looks whether a source profile was written, and has the folder read again once it has come to rest. A wrong file changes nothing: the
/// profiles before stay in use, the log and <c>/health/ready</c> say what is wrong until it is mended.
/// </summary>
public sealed class SourceWatcher(SourceRegistry sources, TimeProvider time, ILogger<SourceWatcher> log) : BackgroundService, IHealthCheck
{
    public const string CheckName = "source-profiles";
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(2);
    private volatile string? problem;
    private string taken = "", seen = "";

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(problem is { } wrong ? HealthCheckResult.Degraded($"{wrong} The profiles before are in use.") : HealthCheckResult.Healthy($"{sources.All.Count} in use"));

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        taken = seen = Signature();
        using var timer = new PeriodicTimer(LookEvery, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken)) Look();
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            log.LogDebug("The source profiles are no longer watched.");
        }
    }

    /// <summary>A file that is still being written looks different from one look to the next.</summary>
    private void Look()
    {
        var now = Signature();
        var isAtRest = now == seen;
        seen = now;
        if (!isAtRest || now == taken) return;
        taken = now;
        try
        {
            var hasChanged = sources.Reload();
            if (problem is not null || hasChanged) log.LogInformation("The source profiles were read again: {Count} are in use.", sources.All.Count);
            problem = null;
        }
        catch (InvalidOperationException e)
        {
            problem = e.Message;
            log.LogError("The source profiles were not read again; those before stay in use. {Problem}", e.Message);
        }
    }

    private string Signature()
    {
        try
        {
            return sources.Signature();
        }
        catch (InvalidOperationException e)
        {
            return e.Message;
        }
    }
}
