using Health.CardBridge.Log;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Health.CardBridge.Settlements;

/// <summary>
/// Goes on with visits that wait for no desk: after a restart from their streams, after a lost answer, and when a desk stays silent. What
/// fails is tried again after a growing pause.
/// </summary>
public sealed class VisitResolver(VisitLog visits, VisitProcess process, ResumeQueue queue, CardBridgeSettings settings, ILogger<VisitResolver> log) : BackgroundService
{
    // A payer that does not answer holds one worker for its timeout; the others go on.
    private const int Workers = 4;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        string?[] places = settings.OnlyInstitutions.Count == 0 ? [null] : [.. settings.OnlyInstitutions];
        foreach (var place in places)
            foreach (var visitTx in await visits.Open(place, null, stoppingToken)) queue.Now(visitTx);
        await Task.WhenAll(Enumerable.Range(0, Workers).Select(_ => Work(stoppingToken)));
    }

    private async Task Work(CancellationToken ct)
    {
        await foreach (var visitTx in queue.Due(ct))
        {
            try
            {
                await process.Resume(visitTx, ct);
            }
            catch (Exception failure) when (failure is not OperationCanceledException || !ct.IsCancellationRequested)
            {
                log.LogError(failure, "Visit {VisitTx} could not go on; it is tried again", visitTx);
                queue.Retry(visitTx);
            }
        }
    }
}
