using Health.Contracts;
using Marten;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Health.Adapters.Inbox;

/// <summary>
/// Works the inbox off: several loops, each holding a batch of rows locked while it processes them side by side, at most one per patient.
/// What became of a batch and its facts go into one short transaction at the end; a crash before it gives all rows back.
/// </summary>
internal sealed class InboxWorker(
    NpgsqlDataSource database, IDocumentStore store, MessageProcessor processor, NodeIdentity node, InboxSignal signal, ProcessedMessages finished, TimeProvider time, ILogger<InboxWorker> log)
    : BackgroundService
{
    private const int Loops = 2;
    private const int BatchMost = 16;
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
                var count = await WorkBatch(retriesFirst: round % 2 == 1, ct);
                failures = 0;
                if (count == BatchMost) signal.Received.Signal();
                if (count == 0) await signal.Received.Wait(LookAgain, time, ct);
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
        List<ClaimedMessage> claimed = [];
        try
        {
            await using var transaction = await LogTransaction.Begin(database, ct);
            claimed = await Claim(transaction, retriesFirst, ct);
            if (claimed.Count > 0) await WorkBatch(transaction, claimed, ct);
            return claimed.Count;
        }
        catch (Exception e) when (e is not OperationCanceledException && claimed.Count > 0)
        {
            await PutAside(claimed, ct);
            throw;
        }
    }

    /// <summary>Fresh rows by the batch; what was tried before goes alone, so that a row that cannot be finished holds up no neighbour.</summary>
    private async Task<List<ClaimedMessage>> Claim(LogTransaction transaction, bool retriesFirst, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        var first = await ClaimedMessage.Claim(transaction.Connection, now, retriesFirst ? 1 : BatchMost, retriesFirst, ct);
        return first.Count > 0 ? first : await ClaimedMessage.Claim(transaction.Connection, now, retriesFirst ? BatchMost : 1, !retriesFirst, ct);
    }

    private async Task PutAside(List<ClaimedMessage> claimed, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await InboxSql.Execute(
            connection, "update adapters.inbox set attempts = attempts + 1, next_attempt_at = $2 where state = 'received' and message_id = any($1)",
            ct, claimed.Select(message => message.MessageId).ToArray(), (time.GetUtcNow() + OutcomeWriter.Delay(claimed.Max(message => message.Attempts))).UtcDateTime);
    }

    private async Task WorkBatch(LogTransaction transaction, List<ClaimedMessage> claimed, CancellationToken ct)
    {
        var outcomes = await Task.WhenAll(claimed.Select(message => processor.Process(message, ct)));
        var processed = claimed.Zip(outcomes).ToList();
        var now = time.GetUtcNow();
        await transaction.TakeTurn(ct);
        var facts = await OutcomeWriter.Write(transaction.Connection, processed, now, ct);
        await transaction.Append(store, new EventHeader(node.NodeId, "adapters", PurposeOfUse.TREAT, "inbox"), facts, ct);
        await transaction.Commit(ct);
        foreach (var (message, outcome) in processed) Report(message, outcome, now);
        signal.NoticeDue.Signal();
        signal.AckDue.Signal();
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
