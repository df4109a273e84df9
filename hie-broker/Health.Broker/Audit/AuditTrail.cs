using Health.Broker.Keys;
using Health.Contracts;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Health.Broker.Audit;

/// <summary>
/// Writes facts. Facts of writes go into the writer's transaction; the others share commits: whatever waits while commits are under way goes
/// into the next one, so a caller waits for at most a running commit and its own. When too many wait the call fails: no access without its fact.
/// </summary>
internal sealed class AuditTrail : IAuditTrail, IHostedService, IDisposable
{
    /// <summary>One commit at a time: two halve what each of them carries, and a commit costs more than its rows (docs/performance.md).</summary>
    public const int Waiting = 4096, PerCommit = 512, Commits = 1;

    private readonly StandingConnection<NpgsqlConnection>[] connections;
    private readonly Keyring keyring;
    private readonly NodeIdentity node;
    private readonly ILogger<AuditTrail> log;
    private readonly Coalescer<Entry> commits;
    private readonly TaskCompletionSource idle = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int open;
    private volatile bool isStopping;

    public AuditTrail(NpgsqlDataSource database, Keyring keyring, NodeIdentity node, ILogger<AuditTrail> log)
    {
        (this.keyring, this.node, this.log) = (keyring, node, log);
        connections = [.. Enumerable.Range(0, Commits).Select(_ => new StandingConnection<NpgsqlConnection>(database))];
        commits = new Coalescer<Entry>(Commits, PerCommit, Commit);
    }

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
        if (isStopping || Interlocked.Increment(ref open) > Waiting)
        {
            if (!isStopping) Settled(1);
            throw new AuditUnavailableException("The audit log takes no more facts at the moment.");
        }

        commits.Add(entry);
        await entry.Done.Task.WaitAsync(ct);
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Takes no more facts; returns when those it took are written, or given up.</summary>
    public Task StopAsync(CancellationToken cancellationToken)
    {
        isStopping = true;
        Settled(0);
        return idle.Task.WaitAsync(cancellationToken);
    }

    public void Dispose()
    {
        foreach (var connection in connections) connection.Dispose();
    }

    private void Settled(int facts)
    {
        if (Interlocked.Add(ref open, -facts) == 0 && isStopping) idle.TrySetResult();
    }

    private async Task Commit(int place, IReadOnlyList<Entry> batch)
    {
        try
        {
            await Insert(place, batch);
            foreach (var entry in batch) entry.Done.SetResult();
            Settled(batch.Count);
        }
        catch (PostgresException e) when (!e.IsTransient && batch.Count > 1)
        {
            // One fact the database will not take must not fail its neighbours.
            foreach (var entry in batch) await Commit(place, [entry]);
        }
        catch (Exception e)
        {
            log.LogError(e, "{Count} audit facts could not be written; their accesses are refused", batch.Count);
            foreach (var entry in batch) entry.Done.SetException(new AuditUnavailableException("The audit log could not be written.", e));
            Settled(batch.Count);
        }
    }

    private async Task Insert(int place, IReadOnlyList<Entry> batch)
    {
        var statement = FactTable.Insert([.. batch.Select(entry => entry.Row)]);
        await using var command = new NpgsqlCommand(statement.Text, await connections[place].Open());
        foreach (var value in statement.Parameters) command.Parameters.Add(new NpgsqlParameter { Value = value });
        await command.ExecuteNonQueryAsync(CancellationToken.None);
    }

    private FactRow ToRow(AuditFact fact) => FactRow.Of(fact, node.NodeId, keyring.Node, keyring.Audit);
}
