using System.Collections.Concurrent;
using Health.Adapters.Inbox;
using Health.Contracts;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Health.Adapters.Outbound;

/// <summary>Wakes the deliverers: something was queued, or an operator has decided.</summary>
internal sealed class OutboundSignal
{
    private readonly ConcurrentDictionary<string, Wake> due = new(StringComparer.Ordinal);

    public Wake Of(string destinationId) => due.GetOrAdd(destinationId, _ => new Wake());
}

/// <summary>
/// Two loops for each destination: one follows the log, one delivers. Rounds of the follower are a moment apart, so that the commits of a busy
/// second are looked at together.
/// </summary>
internal sealed class OutboundService(
    DestinationRegistry destinations, IRecordFeed feed, OutboundFollower follower, OutboundDelivery delivery, OutboundSignal signal, TimeProvider time,
    ILogger<OutboundService> log) : BackgroundService
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(2), Apart = TimeSpan.FromMilliseconds(200);
    private readonly Dictionary<string, Wake> committed = destinations.All.ToDictionary(destination => destination.Id, _ => new Wake());

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        feed.Committed += Wake;
        try
        {
            await Task.WhenAll(destinations.All.SelectMany(destination => new[]
            {
                Task.Run(() => Follow(destination, stoppingToken), stoppingToken),
                Task.Run(() => Deliver(destination, stoppingToken), stoppingToken),
            }));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Stopping: place and queue are in the tables.
        }
        finally
        {
            feed.Committed -= Wake;
        }
    }

    private void Wake()
    {
        foreach (var wake in committed.Values) wake.Signal();
    }

    private Task Follow(DestinationProfile destination, CancellationToken ct) => committed[destination.Id].Work(
        async stopping =>
        {
            var began = time.GetTimestamp();
            var hasMore = await follower.Step(destination, stopping);
            signal.Of(destination.Id).Signal();
            if (!hasMore && Apart - time.GetElapsedTime(began) is var rest && rest > TimeSpan.Zero) await Task.Delay(rest, time, stopping);
            return hasMore;
        },
        LookAgain, time,
        e => log.LogError("Changes for destination {Destination} could not be looked at now ({Failure}); they are looked at again.", destination.Id, e.GetType().Name), ct);

    private async Task Deliver(DestinationProfile destination, CancellationToken ct)
    {
        var wake = signal.Of(destination.Id);
        while (!ct.IsCancellationRequested)
        {
            var wait = LookAgain;
            try
            {
                if (await delivery.Work(destination, ct) is { } next && next - time.GetUtcNow() is var left && left < wait)
                    wait = left > TimeSpan.Zero ? left : TimeSpan.FromMilliseconds(1);
            }
            catch (Exception e) when (!ct.IsCancellationRequested)
            {
                log.LogError("The delivery to destination {Destination} failed inside the platform ({Failure}) and is tried again.", destination.Id, e.GetType().Name);
            }

            await wake.Wait(wait, time, ct);
        }
    }
}
