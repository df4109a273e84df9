using Microsoft.Extensions.Hosting;

namespace Health.SimulationTests.Settlements;

/// <summary>A host inside the campaign: the signals of the process are the campaign's alone, or its end would pull the platform away under the last settlements.</summary>
public sealed class NoSignals : IHostLifetime
{
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
