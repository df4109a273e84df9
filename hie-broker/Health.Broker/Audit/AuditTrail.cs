using System.Threading.Channels;
using Health.Broker.Keys;
using Health.Contracts;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Health.Broker.Audit;

/// <summary>
/// Writes facts. Facts of writes go into the writer's transaction; the others share commits: one committer takes whatever waits and
/// commits it, so a caller waits for at most the running commit and its own. When the queue is full the call fails: no access without
/// its fact.
/// </summary>
internal sealed class AuditTrail(NpgsqlDataSource database, Keyring keyring, NodeIdentity node, ILogger<AuditTrail> log) : BackgroundService, IAuditTrail
{
    public const int Waiting = 4096, PerCommit = 512;

    private readonly Channel<Entry> queue = Channel.CreateBounded<Entry>(new BoundedChannelOptions(Waiting) { SingleReader = true });

    private sealed record Entry(FactRow Row, TaskCompletionSource Done);

    public SqlStatement Prepare(IReadOnlyList<AuditFact> facts)
    {
        var rows = new FactRow[facts.Count];
        for (var i = 0; i < rows.Length; i++) rows[i] = ToRow(facts[i]);
        return FactTable.Insert(rows);
    }

    public async ValueTask Record(AuditFact fact, CancellationToken ct)
    {
        var entry = new Entry(ToRow(fact), new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        if (!queue.Writer.TryWrite(entry)) throw new AuditUnavailableException("The audit log takes no more facts at the moment.");
        await entry.Done.Task.WaitAsync(ct);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var batch = new List<Entry>(PerCommit);
        try
        {
            while (await queue.Reader.WaitToReadAsync(stoppingToken))
            {
                while (batch.Count < PerCommit && queue.Reader.TryRead(out var entry)) batch.Add(entry);
                await Commit(batch);
                batch.Clear();
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            await CommitRest();
        }
    }

    // What was waiting when the host began to stop is still owed.
    private async Task CommitRest()
    {
        queue.Writer.TryComplete();
        var rest = new List<Entry>();
        while (queue.Reader.TryRead(out var entry)) rest.Add(entry);
        if (rest.Count > 0) await Commit(rest);
    }

    private async Task Commit(List<Entry> batch)
    {
        try
        {
            await Insert([.. batch.Select(entry => entry.Row)]);
            batch.ForEach(entry => entry.Done.SetResult());
        }
        catch (PostgresException e) when (!e.IsTransient && batch.Count > 1)
        {
            // One fact the database will not take must not fail its neighbours.
            foreach (var entry in batch) await Commit([entry]);
        }
        catch (Exception e)
        {
            log.LogError(e, "{Count} audit facts could not be written; their accesses are refused", batch.Count);
            batch.ForEach(entry => entry.Done.SetException(new AuditUnavailableException("The audit log could not be written.", e)));
            if (e is not (NpgsqlException or TimeoutException)) throw;
        }
    }

    private async Task Insert(FactRow[] rows)
    {
        var statement = FactTable.Insert(rows);
        await using var command = database.CreateCommand(statement.Text);
        foreach (var value in statement.Parameters) command.Parameters.Add(new NpgsqlParameter { Value = value });
        await command.ExecuteNonQueryAsync(CancellationToken.None);
    }

    private FactRow ToRow(AuditFact fact) => FactRow.Of(fact, node.NodeId, keyring.Node, keyring.Audit);
}
