using System.Collections.Concurrent;
using Health.Fhir.Records;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Health.Fhir.Subscriptions;

/// <summary>
/// Two loops: one compares the log with the subscriptions behind each commit, the other gives subscriptions that have something due to a
/// worker each. Both sleep until woken: by a commit, by what a worker did, by the next due time, and every few seconds for commits of
/// another process.
/// </summary>
public sealed class SubscriptionEngine(
    RecordCommitter committer, SubscriptionRegistry registry, SubscriptionEvaluation evaluation, NotificationDelivery delivery, DeliveryWakeup deliveries, TimeProvider time, ILogger<SubscriptionEngine> log)
    : BackgroundService
{
    private const int Workers = 8;
    private readonly Wakeup commits = new();
    private readonly SemaphoreSlim slots = new(Workers);
    private readonly ConcurrentDictionary<Task, byte> running = new();

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        committer.Committed += commits.Set;
        await using var poll = time.CreateTimer(_ => Poll(), null, SubscriptionOptions.PollEvery, SubscriptionOptions.PollEvery);
        try
        {
            await Repeated("load", () => registry.Load(stoppingToken), commits, stoppingToken);
            await Task.WhenAll(Evaluate(stoppingToken), Deliver(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Stopping: the cursors are in the tables.
        }
        finally
        {
            committer.Committed -= commits.Set;
            await Task.WhenAll(running.Keys);
        }
    }

    public override void Dispose()
    {
        slots.Dispose();
        base.Dispose();
    }

    private void Poll()
    {
        commits.Set();
        deliveries.Set();
    }

    private async Task Evaluate(CancellationToken ct)
    {
        while (true)
        {
            await Repeated("evaluate", async () =>
            {
                while (await evaluation.Next(ct)) deliveries.Set();
            }, commits, ct);
            await commits.Wait(ct);
        }
    }

    /// <summary>Runs until it succeeds; between two tries it waits for the next wakeup.</summary>
    private async Task Repeated(string what, Func<Task> run, Wakeup wakeup, CancellationToken ct)
    {
        while (true)
        {
            try
            {
                await run();
                return;
            }
            catch (Exception e) when (!ct.IsCancellationRequested)
            {
                log.LogError(e, "Subscriptions: {What} failed and is tried again.", what);
                await wakeup.Wait(ct);
            }
        }
    }

    private async Task Deliver(CancellationToken ct)
    {
        await using var due = time.CreateTimer(_ => deliveries.Set(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        while (true)
        {
            var now = time.GetUtcNow();
            DateTimeOffset? next = null;
            foreach (var live in registry.All)
            {
                if (live.IsBusy || live.DueAt(now, delivery.CanReach(live)) is not { } at) continue;
                if (at <= now) Start(live, ct);
                else if (next is null || at < next) next = at;
            }

            if (next is { } first) due.Change(first - now + TimeSpan.FromMilliseconds(1), Timeout.InfiniteTimeSpan);
            await deliveries.Wait(ct);
        }
    }

    private void Start(LiveSubscription live, CancellationToken ct)
    {
        live.IsBusy = true;
        var task = Work(live, ct);
        running[task] = 0;
        _ = task.ContinueWith(done => running.TryRemove(done, out _), TaskScheduler.Default);
    }

    private async Task Work(LiveSubscription live, CancellationToken ct)
    {
        // Off the loop from the first step on.
        await Task.Yield();
        try
        {
            await slots.WaitAsync(ct);
            try
            {
                await delivery.Work(live, ct);
            }
            finally
            {
                slots.Release();
            }
        }
        catch (Exception e)
        {
            // The store is away, or the platform stops: the poll brings it up again.
            if (!ct.IsCancellationRequested) log.LogError(e, "The delivery of subscription {Id} failed inside the platform and is tried again.", live.Id);
            live.NextAttempt = time.GetUtcNow() + SubscriptionOptions.PollEvery;
        }
        finally
        {
            live.IsBusy = false;
            deliveries.Set();
        }
    }
}

/// <summary>The wakeup of the delivery loop, which web sockets set too.</summary>
public sealed class DeliveryWakeup : Wakeup;
