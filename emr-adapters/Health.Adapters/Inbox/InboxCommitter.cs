using System.Threading.Channels;
using Health.Contracts;
using Marten;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Health.Adapters.Inbox;

/// <summary>
/// The first of the three commits. Whoever waits while a transaction runs goes into the next one together: many connections share one
/// durable commit of one round trip, outside the turn of the event log (docs/adr/0008). A member that the database refuses is retried alone and never
/// fails its neighbours.
/// </summary>
internal sealed class InboxCommitter(NpgsqlDataSource database, IDocumentStore store, NodeIdentity node, InboxSignal signal, IntakeLoad load, ILogger<InboxCommitter> log)
    : BackgroundService
{
    private const int GroupMost = 256;
    private const int GroupMostBytes = 32 * 1024 * 1024;
    private readonly StandingConnection<NpgsqlConnection> standing = new(database);
    private readonly Channel<Waiting> queue = Channel.CreateBounded<Waiting>(new BoundedChannelOptions(4 * GroupMost) { SingleReader = true });

    private sealed record Waiting(InboxEntry Entry, TaskCompletionSource<StoreResult> Done);

    /// <summary>Durable when it returns. A failure means: not known to be stored, no answer may go out.</summary>
    public async Task<StoreResult> Store(InboxEntry entry, CancellationToken ct)
    {
        var waiting = new Waiting(entry, new(TaskCreationOptions.RunContinuationsAsynchronously));
        try
        {
            await queue.Writer.WriteAsync(waiting, ct);
        }
        catch (ChannelClosedException e)
        {
            throw new InboxUnavailableException(e);
        }

        return await waiting.Done.Task.WaitAsync(ct);
    }

    /// <summary>Makes an owed application acknowledgement due at once. False when none is owed.</summary>
    public async Task<bool> AckSoon(string messageId, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        return await InboxSql.Execute(connection, "update adapters.inbox set ack_next_at = null where message_id = $1 and application_ack is not null", ct, messageId) > 0;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        Waiting? held = null;
        try
        {
            while (held is not null || await queue.Reader.WaitToReadAsync(stoppingToken))
            {
                var group = TakeGroup(ref held);
                await CommitGroup(group, stoppingToken);
            }
        }
        finally
        {
            queue.Writer.TryComplete();
            if (held is not null) Refuse(held);
            while (queue.Reader.TryRead(out var left)) Refuse(left);
            standing.Dispose();
        }
    }

    private static void Refuse(Waiting waiting) =>
        waiting.Done.TrySetException(new InboxUnavailableException(new OperationCanceledException("The platform is stopping.")));

    private List<Waiting> TakeGroup(ref Waiting? held)
    {
        List<Waiting> group = [];
        var bytes = 0;
        if (held is not null) (group, bytes, held) = ([held], held.Entry.SealedBody.Length, null);
        while (group.Count < GroupMost && queue.Reader.TryRead(out var next))
        {
            bytes += next.Entry.SealedBody.Length;
            if (group.Count > 0 && bytes > GroupMostBytes)
            {
                held = next;
                break;
            }

            group.Add(next);
        }

        return group;
    }

    private async Task CommitGroup(List<Waiting> group, CancellationToken ct)
    {
        if (group.Count == 0) return;
        try
        {
            var results = await Commit([.. group.Select(waiting => waiting.Entry)], ct);
            signal.Received.Signal();
            load.Committed(group.Count);
            for (var i = 0; i < group.Count; i++) group[i].Done.TrySetResult(results[i]);
        }
        catch (PostgresException e) when (group.Count > 1 && !e.IsTransient)
        {
            log.LogWarning("A group of {Count} messages was refused by the database ({SqlState}); each is tried alone.", group.Count, e.SqlState);
            foreach (var one in group) await CommitGroup([one], ct);
        }
        catch (Exception e)
        {
            if (e is not OperationCanceledException) log.LogError(e, "{Count} messages could not be stored; their senders get no answer and send again.", group.Count);
            foreach (var one in group) one.Done.TrySetException(new InboxUnavailableException(e));
        }
    }

    private async Task<StoreResult[]> Commit(IReadOnlyList<InboxEntry> entries, CancellationToken ct)
    {
        var connection = await standing.Open(ct);
        var inserted = await InboxSql.InsertInTurn(connection, entries, ct);
        var results = new StoreResult[entries.Count];
        List<int>? known = null;
        for (var i = 0; i < entries.Count; i++)
        {
            if (inserted.Remove(entries[i].MessageId)) results[i] = new StoreResult(StoreKind.Stored, entries[i].MessageId, entries[i].SealedAck);
            else (known ??= []).Add(i);
        }

        if (known is not null) await AnswerKnown(connection, entries, known, results, ct);
        return results;
    }

    /// <summary>What came before: the same body gets the stored answer again, another body is kept in quarantine.</summary>
    private async Task AnswerKnown(NpgsqlConnection connection, IReadOnlyList<InboxEntry> entries, List<int> known, StoreResult[] results, CancellationToken ct)
    {
        var answers = await InboxSql.Answers(connection, known.Select(i => entries[i].MessageId).Distinct(), ct);
        var reused = new List<(int Place, InboxEntry Entry)>();
        foreach (var i in known)
        {
            var (hash, sealedAck) = answers[entries[i].MessageId];
            if (hash.AsSpan().SequenceEqual(entries[i].BodyHash)) results[i] = new StoreResult(StoreKind.Repeated, entries[i].MessageId, sealedAck);
            else reused.Add((i, entries[i].AsReuse!()));
        }

        if (reused.Count > 0) await KeepReused(reused, results, ct);
    }

    private async Task KeepReused(List<(int Place, InboxEntry Entry)> reused, StoreResult[] results, CancellationToken ct)
    {
        await using var transaction = await LogTransaction.Begin(database, ct);
        await transaction.TakeTurn(ct);
        var inserted = await InboxSql.Insert(transaction.Connection, [.. reused.Select(one => one.Entry)], ct);
        var answers = await InboxSql.Answers(transaction.Connection, reused.Select(one => one.Entry.MessageId).Distinct(), ct);
        var facts = new List<(string, object)>();
        foreach (var (place, entry) in reused)
        {
            results[place] = new StoreResult(StoreKind.Reused, entry.MessageId, answers[entry.MessageId].SealedAck);
            if (!inserted.Remove(entry.MessageId)) continue;
            facts.AddRange(Facts(entry));
            await QuarantineSql.Put(transaction.Connection, entry.MessageId, entry.ReceivedAt, Reuse.Problem, entry.SealedProblems!, ct);
        }

        await transaction.Append(store, Header(), facts, ct);
        await transaction.Commit(ct);
    }

    private static IEnumerable<(string, object)> Facts(InboxEntry entry)
    {
        yield return (entry.MessageId, new MessageReceived(
            entry.MessageId, entry.SourceId, entry.InstitutionCode, entry.Type, Convert.ToHexStringLower(entry.BodyHash), entry.Key.KeyId, entry.Kind, entry.ReceivedAt));
        yield return (entry.MessageId, new MessageQuarantined(entry.MessageId, Reuse.Problem.ErrCode, Reuse.Problem.Path, entry.ReceivedAt));
    }

    private EventHeader Header() => new(node.NodeId, "adapters", PurposeOfUse.TREAT, "inbox");
}

/// <summary>The inbox did not say that a message is durable. It may be; sending it again is safe.</summary>
internal sealed class InboxUnavailableException(Exception inner) : IOException("The inbox is not available.", inner);
