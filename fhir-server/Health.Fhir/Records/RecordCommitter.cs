using System.Threading.Channels;
using Health.Contracts;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Health.Fhir.Records;

/// <summary>
/// The group commit in front of the event store: whatever units wait when the turn of the log comes share one transaction and one flush
/// to disk, and each gets its own outcome. Large units go by a second lane, alone. Two connections in all.
/// </summary>
public sealed class RecordCommitter : BackgroundService
{
    private const int LargeUnit = 100, MaxGroupUnits = 128, MaxGroupWrites = 400, MaxWaiting = 4096;

    private readonly Channel<Waiting> small = Lane();
    private readonly Channel<Waiting> large = Lane();
    private readonly NpgsqlDataSource database;
    private readonly RecordServices services;
    private readonly TimeProvider time;
    private readonly ILogger<RecordCommitter> log;

    private sealed record Waiting(WriteUnit Unit, TaskCompletionSource<UnitOutcome> Done, CancellationToken Ct);

    internal RecordCommitter(NpgsqlDataSource database, RecordServices services, TimeProvider time, ILogger<RecordCommitter> log) =>
        (this.database, this.services, this.time, this.log) = (database, services, time, log);

    /// <summary>Raised after each commit, on the committer's own thread: only wakes who follows the log.</summary>
    public event Action? Committed;

    /// <summary>Queues a unit and waits until it is durable, or refused. An infrastructure failure is thrown.</summary>
    public async ValueTask<UnitOutcome> Commit(WriteUnit unit, CancellationToken ct)
    {
        var waiting = new Waiting(unit, new TaskCompletionSource<UnitOutcome>(TaskCreationOptions.RunContinuationsAsynchronously), ct);
        await (unit.Writes.Count >= LargeUnit ? large : small).Writer.WriteAsync(waiting, ct);
        return await waiting.Done.Task;
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(Run(small, MaxGroupUnits, stoppingToken), Run(large, 1, stoppingToken));

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        small.Writer.TryComplete();
        large.Writer.TryComplete();
        await base.StopAsync(cancellationToken);
        foreach (var lane in (Channel<Waiting>[])[small, large])
            while (lane.Reader.TryRead(out var waiting)) waiting.Done.TrySetException(new OperationCanceledException("The platform is stopping; nothing was written."));
    }

    private async Task Run(Channel<Waiting> lane, int maxUnits, CancellationToken ct)
    {
        try
        {
            while (await lane.Reader.WaitToReadAsync(ct)) await CommitGroup(lane, maxUnits, ct);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // Stopping: what still waits is told so by StopAsync.
        }
    }

    private async Task CommitGroup(Channel<Waiting> lane, int maxUnits, CancellationToken ct)
    {
        var group = new List<Waiting>();
        try
        {
            await InTurn(lane, maxUnits, group, ct);
        }
        catch (Exception e) when (group.Count > 1 && !IsInfrastructure(e))
        {
            // One member spoils the transaction: each is tried alone, so that only that one fails.
            log.LogWarning(e, "A group of {Count} units failed together; each is committed alone.", group.Count);
            RecordFigures.Retried.Add(group.Count);
            foreach (var waiting in group.Where(waiting => !waiting.Done.Task.IsCompleted)) await CommitAlone(waiting, ct);
        }
        catch (Exception e)
        {
            if (group.Count == 0) while (group.Count < maxUnits && lane.Reader.TryRead(out var waiting)) group.Add(waiting);
            foreach (var waiting in group) waiting.Done.TrySetException(e);
        }
    }

    private async Task CommitAlone(Waiting waiting, CancellationToken ct)
    {
        try
        {
            await InTurn(null, 1, [waiting], ct);
        }
        catch (Exception e)
        {
            waiting.Done.TrySetException(e);
        }
    }

    private async Task InTurn(Channel<Waiting>? lane, int maxUnits, List<Waiting> group, CancellationToken ct)
    {
        using var activity = RecordFigures.Activities.StartActivity("records.commit");
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await using (var turn = new NpgsqlCommand(EventLog.TakeTurnSql, connection, transaction)) await turn.ExecuteNonQueryAsync(ct);
        // Taken only now: while another module held the turn, more came to share this commit.
        if (lane is not null) Take(lane, maxUnits, group);
        var now = Now();
        var work = new RecordTransaction(connection, transaction, services, now);
        var keys = group.Where(waiting => waiting.Unit.BatchKey is not null).Select(waiting => waiting.Unit.BatchKey!).ToArray();
        var known = keys.Length == 0 ? [] : await RecordTables.KnownBatches(connection, keys, ct);
        var open = group.Where(waiting => waiting.Unit.BatchKey is not { } key || !known.ContainsKey(key)).ToList();
        await work.Load(open.Select(waiting => waiting.Unit), ct);
        var results = await Decide(work, group, known, ct);
        if (results.Exists(result => result is { Unit: not null, Refusal: null }))
        {
            await work.Commit(results, ct);
            Committed?.Invoke();
        }
        else
        {
            await transaction.RollbackAsync(ct);
        }

        RecordFigures.GroupSize.Record(group.Count);
        for (var i = 0; i < group.Count; i++) group[i].Done.TrySetResult(results[i].ToOutcome());
    }

    private static async Task<List<UnitResult>> Decide(RecordTransaction work, List<Waiting> group, Dictionary<string, IReadOnlyList<RecordOutcome>> known, CancellationToken ct)
    {
        var results = new List<UnitResult>(group.Count);
        var here = new Dictionary<string, UnitResult>();
        foreach (var unit in group.Select(waiting => waiting.Unit))
        {
            if (unit.BatchKey is { } key && known.TryGetValue(key, out var stored)) results.Add(UnitResult.Repeated(stored));
            else if (unit.BatchKey is { } repeated && here.TryGetValue(repeated, out var first)) results.Add(first with { Unit = null });
            else
            {
                var result = await work.Decide(unit, ct);
                if (unit.BatchKey is not null && result.Refusal is null) here[unit.BatchKey] = result;
                results.Add(result);
            }
        }

        return results;
    }

    private static void Take(Channel<Waiting> lane, int maxUnits, List<Waiting> group)
    {
        var writes = 0;
        while (group.Count < maxUnits && writes < MaxGroupWrites && lane.Reader.TryRead(out var waiting))
        {
            if (waiting.Ct.IsCancellationRequested)
            {
                waiting.Done.TrySetCanceled(waiting.Ct);
                continue;
            }

            writes += waiting.Unit.Writes.Count;
            group.Add(waiting);
        }
    }

    private DateTimeOffset Now() => DateTimeOffset.FromUnixTimeMilliseconds(time.GetUtcNow().ToUnixTimeMilliseconds());

    private static bool IsInfrastructure(Exception e) =>
        e is OperationCanceledException or ObjectDisposedException or IOException or TimeoutException
        || (e is NpgsqlException npgsql && (npgsql is not PostgresException postgres || postgres.SqlState.StartsWith("08", StringComparison.Ordinal) || postgres.SqlState.StartsWith("57", StringComparison.Ordinal) || postgres.SqlState.StartsWith("53", StringComparison.Ordinal)));

    private static Channel<Waiting> Lane() => Channel.CreateBounded<Waiting>(new BoundedChannelOptions(MaxWaiting) { SingleReader = true });
}
