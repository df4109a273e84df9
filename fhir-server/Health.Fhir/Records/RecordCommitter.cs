using System.Data;
using System.Diagnostics;
using System.Threading.Channels;
using Health.Contracts;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Health.Fhir.Records;

/// <summary>
/// The group commit in front of the event store: whatever units wait when the turn of the log comes share one transaction and one flush
/// to disk, and each gets its own outcome. Large units go by a second lane, alone. Two connections in all, two round trips a commit:
/// <see cref="TurnOpening"/> and <see cref="RecordTransaction.Commit"/> (docs/adr/0006).
/// </summary>
public sealed class RecordCommitter : BackgroundService
{
    private const int LargeUnit = 100, MaxGroupUnits = 128, MaxGroupWrites = 400, MaxWaiting = 4096, MostAttempts = 3;

    /// <summary>Units that go without waiting for company: more of them gain by those who come while the turn is taken.</summary>
    private const int FewUnits = 2;

    /// <summary>A turn that was waited for so long brings so many more units that reading their rows pays.</summary>
    private static readonly TimeSpan LongWait = TimeSpan.FromMilliseconds(3);

    private readonly Channel<Waiting> small = Lane();
    private readonly Channel<Waiting> large = Lane();
    private readonly NpgsqlDataSource database;
    private readonly RecordServices services;
    private readonly TimeProvider time;
    private readonly ILogger<RecordCommitter> log;

    private sealed record Waiting(WriteUnit Unit, TaskCompletionSource<UnitOutcome> Done, CancellationToken Ct);

    /// <summary>The units of one transaction, and the lane they are taken from (none: no more are taken).</summary>
    private sealed record Group(CommitLine Line, Channel<Waiting>? Lane, int MaxUnits, List<Waiting> Members)
    {
        public int Writes => Members.Sum(member => member.Unit.Writes.Count);
    }

    internal RecordCommitter(NpgsqlDataSource database, RecordServices services, TimeProvider time, ILogger<RecordCommitter> log) =>
        (this.database, this.services, this.time, this.log) = (database, services, time, log);

    /// <summary>Raised after each commit, on the committer's own thread: only wakes who follows the log.</summary>
    public event Action? Committed;

    /// <summary>The same, after a commit with a SearchParameter in it.</summary>
    public event Action? SearchParametersCommitted;

    /// <summary>Queues a unit and waits until it is durable, or refused. An infrastructure failure is thrown.</summary>
    public async ValueTask<UnitOutcome> Commit(WriteUnit unit, CancellationToken ct)
    {
        var prepared = await Preparation.Of(unit, services.Index, ct);
        var waiting = new Waiting(prepared, new TaskCompletionSource<UnitOutcome>(TaskCreationOptions.RunContinuationsAsynchronously), ct);
        await (unit.Writes.Count >= LargeUnit ? large : small).Writer.WriteAsync(waiting, ct);
        return await waiting.Done.Task;
    }

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await EventTables.Check(database, cancellationToken);
        await base.StartAsync(cancellationToken);
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
        using var line = new CommitLine(database);
        try
        {
            while (await lane.Reader.WaitToReadAsync(ct)) await CommitGroup(new Group(line, lane, maxUnits, []), ct);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // Stopping: what still waits is told so by StopAsync.
        }
    }

    private async Task CommitGroup(Group group, CancellationToken ct)
    {
        try
        {
            await InTurnOrAgain(group, ct);
        }
        catch (Exception e) when (group.Members.Count > 1 && !IsInfrastructure(e))
        {
            await group.Line.Abandon();
            // One member spoils the transaction: each is tried alone, so that only that one fails.
            log.LogWarning(e, "A group of {Count} units failed together; each is committed alone.", group.Members.Count);
            RecordFigures.Retried.Add(group.Members.Count);
            foreach (var waiting in group.Members.Where(waiting => !waiting.Done.Task.IsCompleted)) await CommitAlone(group.Line, waiting, ct);
        }
        catch (Exception e)
        {
            await group.Line.Abandon();
            if (group.Members.Count == 0) Take(group, _ => true);
            foreach (var waiting in group.Members) waiting.Done.TrySetException(e);
        }
    }

    private async Task CommitAlone(CommitLine line, Waiting waiting, CancellationToken ct)
    {
        try
        {
            await InTurnOrAgain(new Group(line, null, 1, [waiting]), ct);
        }
        catch (Exception e)
        {
            await line.Abandon();
            waiting.Done.TrySetException(e);
        }
    }

    /// <summary>A deadlock, or a stream that moved on, is nobody's fault: the same units are decided anew.</summary>
    private async Task InTurnOrAgain(Group group, CancellationToken ct)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await InTurn(group, ct);
                return;
            }
            catch (PostgresException e) when (attempt < MostAttempts && e.SqlState is PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.DeadlockDetected)
            {
                log.LogWarning("A commit of {Count} units met {SqlState} and is decided anew.", group.Members.Count, e.SqlState);
                await group.Line.Abandon();
                group = group with { Lane = null };
            }
        }
    }

    private async Task InTurn(Group group, CancellationToken ct)
    {
        using var activity = RecordFigures.Activities.StartActivity("records.commit");
        var isOpen = group.Lane is not null;
        if (isOpen) Take(group, _ => true);
        if (group.Members.Count == 0) return;
        // Once a group failed, even what needs no reading is read, so that the cause is found.
        var named = Resources(group.Members, andFresh: !isOpen);
        var (work, opening) = await Start(group, named, isOpen, ct);
        var results = await Decide(work, group.Members, opening.Known, ct);
        if (results.Exists(result => result is { Unit: not null, Refusal: null }))
        {
            try
            {
                await work.Commit(results, ct);
            }
            catch (PostgresException e) when (opening.IsForeseen && e.SqlState == TurnOpening.NotAsForeseen)
            {
                await group.Line.Mistaken();
                await InTurn(group, ct);
                return;
            }

            group.Line.Committed(work.Counters);
            if (opening.IsForeseen) RecordFigures.Foreseen.Add(1);
            Wake(Committed);
            if (group.Members.Exists(member => member.Unit.Writes.Any(write => write.Write.ResourceType == "SearchParameter"))) Wake(SearchParametersCommitted);
        }
        else if (!opening.IsForeseen)
        {
            await work.Rollback(ct);
        }

        RecordFigures.GroupSize.Record(group.Members.Count);
        for (var i = 0; i < results.Count; i++) group.Members[i].Done.TrySetResult(results[i].ToOutcome());
    }

    /// <summary>Opens the turn and reads what the group needs; or foresees it, where few units need nothing.</summary>
    private async Task<(RecordTransaction Work, TurnOpening Opening)> Start(Group group, HashSet<(string Type, string Id)> named, bool isOpen, CancellationToken ct)
    {
        if (isOpen && group.Members.Count <= FewUnits && group.Members.TrueForAll(member => member.Unit.IsDecidedUnseen) && group.Line.Foresee() is { } foreseen)
            return (new RecordTransaction(await group.Line.Open(ct), foreseen, services, Now()), foreseen);
        var clock = Stopwatch.GetTimestamp();
        var (connection, opening) = await Begin(group, named, ct);
        var work = new RecordTransaction(connection, opening, services, Now());
        work.Begin(named);
        if (!isOpen) return (work, opening);
        // While another module held the turn, more came to share this commit.
        var waited = Stopwatch.GetElapsedTime(clock) > LongWait;
        var before = group.Members.Count;
        Take(group, waiting => waiting.Unit.NeedsNothingRead || (waited && waiting.Unit.BatchKey is null));
        await work.Load(Resources(group.Members.Skip(before), andFresh: false), ct);
        return (work, opening);
    }

    /// <summary>The commit stands: should waking fail, its units must be neither refused nor committed again, and the follower's own timer finds them.</summary>
    private void Wake(Action? followers)
    {
        try
        {
            followers?.Invoke();
        }
        catch (Exception e)
        {
            log.LogError(e, "A commit stands, but who follows the log could not be woken.");
        }
    }

    /// <summary>Takes the turn; a connection that broke while nothing was asked of it is replaced.</summary>
    private static async Task<(NpgsqlConnection, TurnOpening)> Begin(Group group, HashSet<(string Type, string Id)> named, CancellationToken ct)
    {
        string[] keys = [.. group.Members.Where(member => member.Unit.BatchKey is not null).Select(member => member.Unit.BatchKey!)];
        var connection = await group.Line.Open(ct);
        try
        {
            return (connection, await TurnOpening.Take(connection, named, keys, ct));
        }
        catch (NpgsqlException e) when (connection.FullState != ConnectionState.Open && (e is not PostgresException || IsInfrastructure(e)))
        {
            connection = await group.Line.Open(ct);
            return (connection, await TurnOpening.Take(connection, named, keys, ct));
        }
    }

    private static HashSet<(string Type, string Id)> Resources(IEnumerable<Waiting> members, bool andFresh) =>
        [.. members.SelectMany(member => member.Unit.Writes).Where(write => andFresh || !write.IdIsFresh).Select(write => (write.Write.ResourceType, write.Write.Id))];

    private static async Task<List<UnitResult>> Decide(RecordTransaction work, List<Waiting> group, IReadOnlyDictionary<string, IReadOnlyList<RecordOutcome>> known, CancellationToken ct)
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

    private static void Take(Group group, Func<Waiting, bool> wanted)
    {
        var writes = group.Writes;
        while (group.Members.Count < group.MaxUnits && writes < MaxGroupWrites && group.Lane!.Reader.TryPeek(out var next) && wanted(next) && group.Lane.Reader.TryRead(out var waiting))
        {
            if (waiting.Ct.IsCancellationRequested)
            {
                waiting.Done.TrySetCanceled(waiting.Ct);
                continue;
            }

            writes += waiting.Unit.Writes.Count;
            group.Members.Add(waiting);
        }
    }

    private DateTimeOffset Now() => DateTimeOffset.FromUnixTimeMilliseconds(time.GetUtcNow().ToUnixTimeMilliseconds());

    private static bool IsInfrastructure(Exception e) =>
        e is OperationCanceledException or ObjectDisposedException or IOException or TimeoutException
        || (e is NpgsqlException npgsql && (npgsql is not PostgresException postgres || postgres.SqlState.StartsWith("08", StringComparison.Ordinal) || postgres.SqlState.StartsWith("57", StringComparison.Ordinal) || postgres.SqlState.StartsWith("53", StringComparison.Ordinal)));

    private static Channel<Waiting> Lane() => Channel.CreateBounded<Waiting>(new BoundedChannelOptions(MaxWaiting) { SingleReader = true });
}
