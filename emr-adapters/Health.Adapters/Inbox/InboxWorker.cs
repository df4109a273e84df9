using Health.Contracts;
using Marten;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Health.Adapters.Inbox;

/// <summary>
/// Works the inbox off: several loops, each holding a batch of rows locked while it processes them side by side, those of one patient one after the other. While
/// one loop's batch is identified, recorded or finished, each of which is one commit for the whole batch, the other's is mapped.
/// What became of a batch and its facts go into one short transaction at the end; a crash before it gives all rows back.
/// </summary>
internal sealed class InboxWorker(
    NpgsqlDataSource database, IDocumentStore store, MessageProcessor processor, NodeIdentity node, InboxSignal signal, ProcessedMessages finished, IntakeLoad load, TimeProvider time,
    ILogger<InboxWorker> log) : BackgroundService
{
    private const int Loops = 2;
    private const int BatchMost = 64;
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(2);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(Enumerable.Range(0, Loops).Select(_ => Task.Run(() => Loop(stoppingToken), stoppingToken)));

    private async Task Loop(CancellationToken ct)
    {
        var failures = 0;
        for (var round = 0; !ct.IsCancellationRequested; round++)
        {
            try
            {
                var began = time.GetTimestamp();
                var count = await WorkBatch(retriesFirst: round % 2 == 1, ct);
                failures = 0;
                // What waited for these may go on now.
                if (count > 0) signal.Received.Signal();
                if (count == 0) await signal.Received.Wait(LookAgain, time, ct);
                else await load.StepBack(time.GetElapsedTime(began), ct);
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                log.LogError(e, "A batch of the inbox could not be finished; its messages stay and are tried again.");
                await signal.Received.Wait(OutcomeWriter.Delay(failures++), time, ct);
            }
        }
    }

    private async Task<int> WorkBatch(bool retriesFirst, CancellationToken ct)
    {
        IReadOnlyList<ClaimedMessage> claimed = [];
        try
        {
            await using var transaction = await LogTransaction.Begin(database, ct);
            var claim = await Take(transaction, retriesFirst, ct);
            claimed = claim.Messages;
            if (claimed.Count > 0) await WorkBatch(transaction, claimed, ct);
            else if (claim.PutOff) await transaction.Commit(ct);
            return claimed.Count;
        }
        catch (Exception e) when (e is not OperationCanceledException && claimed.Count > 0)
        {
            await PutAside(claimed, ct);
            throw;
        }
    }

    /// <summary>Fresh rows by the batch; what was tried before goes alone, so that a row that cannot be finished holds up no neighbour.</summary>
    private async Task<Claim> Take(LogTransaction transaction, bool retriesFirst, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        var first = await Claim.Take(transaction.Connection, now, retriesFirst ? 1 : BatchMost, retriesFirst, ct);
        if (first.Messages.Count > 0) return first;
        var second = await Claim.Take(transaction.Connection, now, retriesFirst ? BatchMost : 1, !retriesFirst, ct);
        return second with { PutOff = first.PutOff || second.PutOff };
    }

    private async Task PutAside(IReadOnlyList<ClaimedMessage> claimed, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await InboxSql.Execute(
            connection, "update adapters.inbox set attempts = attempts + 1, next_attempt_at = $2 where state = 'received' and message_id = any($1)",
            ct, claimed.Select(message => message.MessageId).ToArray(), (time.GetUtcNow() + OutcomeWriter.Delay(claimed.Max(message => message.Attempts))).UtcDateTime);
    }

    private async Task WorkBatch(LogTransaction transaction, IReadOnlyList<ClaimedMessage> claimed, CancellationToken ct)
    {
        var processed = await Process(claimed, ct);
        var now = time.GetUtcNow();
        await transaction.TakeTurn(ct);
        var facts = await OutcomeWriter.Write(transaction.Connection, processed, now, ct);
        await transaction.Append(store, new EventHeader(node.NodeId, "adapters", PurposeOfUse.TREAT, "inbox"), facts, ct);
        await transaction.Commit(ct);
        foreach (var (message, outcome) in processed) Report(message, outcome, now);
        signal.NoticeDue.Signal();
        signal.AckDue.Signal();
    }

    /// <summary>Side by side, except for what has a patient in common. What follows a message that has to wait is left as it is.</summary>
    private async Task<List<(ClaimedMessage Message, ProcessingOutcome Outcome)>> Process(IReadOnlyList<ClaimedMessage> claimed, CancellationToken ct)
    {
        var last = new Dictionary<Guid, Task<ProcessingOutcome?>>();
        var running = new List<Task<ProcessingOutcome?>>(claimed.Count);
        foreach (var message in claimed)
        {
            var before = message.OrderKeys.Select(last.GetValueOrDefault).OfType<Task<ProcessingOutcome?>>().Distinct().ToList();
            var task = After(before, message, ct);
            foreach (var key in message.OrderKeys) last[key] = task;
            running.Add(task);
        }

        var outcomes = await Task.WhenAll(running);
        List<(ClaimedMessage, ProcessingOutcome)> processed = [];
        for (var i = 0; i < outcomes.Length; i++)
            if (outcomes[i] is { } outcome) processed.Add((claimed[i], outcome));
        return processed;
    }

    private async Task<ProcessingOutcome?> After(List<Task<ProcessingOutcome?>> before, ClaimedMessage message, CancellationToken ct)
    {
        foreach (var earlier in before)
            if (await earlier is null or ProcessingOutcome.Deferred) return null;
        return await processor.Process(message, ct);
    }

    private void Report(ClaimedMessage message, ProcessingOutcome outcome, DateTimeOffset now)
    {
        var errCode = (outcome as ProcessingOutcome.Quarantined)?.Problems[0].ErrCode;
        if (outcome is not ProcessingOutcome.Deferred) finished.Tell(message.MessageId);
        if (outcome is not ProcessingOutcome.Deferred) AdapterTelemetry.CountProcessed(message.SourceId, message.Type, errCode, now - message.ReceivedAt);
        if (outcome is ProcessingOutcome.Quarantined quarantined)
            log.LogInformation("Message {MessageId} of {Source} is in quarantine: {Code} at {Path}.", message.MessageId, message.SourceId, errCode, quarantined.Problems[0].Path);
    }
}
