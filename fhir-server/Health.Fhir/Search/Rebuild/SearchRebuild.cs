using System.Diagnostics;
using Npgsql;

namespace Health.Fhir.Search.Rebuild;

/// <param name="Done">Highest sequence replayed.</param>
/// <param name="Of">Sequence to reach.</param>
public sealed record RebuildProgress(string Phase, long Done, long Of);

/// <summary>
/// What a rebuild found. The digests are order-free sums over the rows of the index at <paramref name="Horizon"/>; unequal means that the
/// live index was not what the event log says (altered rows, or a build that extracts differently).
/// </summary>
public sealed record RebuildReport(long Horizon, long Versions, decimal LiveDigest, decimal RebuiltDigest, TimeSpan Took)
{
    public bool IsEqual => Different.Count == 0;

    /// <summary>The rebuilt index is the live one now.</summary>
    public bool IsSwapped { get; init; }

    /// <summary>Tables whose digests differ.</summary>
    public IReadOnlyList<string> Different { get; init; } = [];
}

/// <summary>
/// Rebuilds the index from event 0 beside the live one (schema fhir_rebuild), compares the digests of both at one sequence, catches up
/// under the turn of the log and takes the new tables into use in one transaction if they are equal. Writes and searches go on meanwhile.
/// </summary>
public sealed class SearchRebuild(NpgsqlDataSource database, EventReplay replay)
{
    internal const string Schema = "fhir_rebuild";

    private const string MoveStatistics =
        $"""
        do $$ declare moved record; begin
            for moved in select stxname from pg_statistic_ext where stxnamespace = '{Schema}'::regnamespace loop
                execute format('alter statistics {Schema}.%I set schema fhir', moved.stxname);
            end loop;
        end $$
        """;

    /// <summary>Rebuilds and compares; the new index is taken into use when it equals the live one.</summary>
    public Task<RebuildReport> Run(Action<RebuildProgress>? progress, CancellationToken ct) => Run(progress, replaceDifferent: false, ct);

    /// <param name="replaceDifferent">Take the new index into use even if the live one said something else: the event log is the truth.</param>
    /// <exception cref="InvalidOperationException">Another rebuild is running.</exception>
    public async Task<RebuildReport> Run(Action<RebuildProgress>? progress, bool replaceDifferent, CancellationToken ct)
    {
        await using var held = await RebuildGuard.TryTake(database, ct) ?? throw new InvalidOperationException("The search index is being rebuilt already, or a search parameter is being indexed.");
        return await Run(held, progress, replaceDifferent, ct);
    }

    internal async Task<RebuildReport> Run(RebuildGuard held, Action<RebuildProgress>? progress, bool replaceDifferent, CancellationToken ct)
    {
        var watch = Stopwatch.StartNew();
        var guard = held.Connection;
        // A parameter that is half indexed makes any comparison unequal; taking a rebuilt index into use completes it.
        if (!replaceDifferent && (bool)(await Scalar(guard, "select exists (select 1 from fhir.search_parameter where not ready)", ct))!)
            throw new InvalidOperationException("A search parameter is being indexed; the index can be compared when that is done.");
        await CreateTables(guard, ct);
        var horizon = await Highest(guard, ct);
        var versions = await replay.Run(Schema, 0, horizon, done => progress?.Invoke(new RebuildProgress("replay", done, horizon)), ct);
        progress?.Invoke(new RebuildProgress("digest", horizon, horizon));
        var (live, rebuilt) = await IndexDigest.Compare(database, SearchIndex.Live, Schema, horizon, ct);
        var different = live.Where(table => rebuilt[table.Key] != table.Value).Select(table => table.Key).ToList();
        var isSwapped = different.Count == 0 || replaceDifferent;
        if (isSwapped) await CatchUpAndSwap(guard, horizon, progress, ct);
        // It holds names too: nothing of it stays behind.
        else await Execute(guard, $"drop schema {Schema} cascade", ct);
        return new RebuildReport(horizon, versions, live.Values.Sum(), rebuilt.Values.Sum(), watch.Elapsed) { Different = different, IsSwapped = isSwapped };
    }

    private static IEnumerable<string> Tables => IndexTable.All.SelectMany(table => new[] { table.Name, $"{table.Name}_past" });

    private static Task CreateTables(NpgsqlConnection connection, CancellationToken ct)
    {
        // What an interrupted rebuild left is of no use.
        var create = Tables.Select(name => $"create table {Schema}.{name} (like fhir.{name} including all);");
        return Execute(connection, $"drop schema if exists {Schema} cascade; create schema {Schema}; {string.Concat(create)}", ct);
    }

    private async Task CatchUpAndSwap(NpgsqlConnection connection, long horizon, Action<RebuildProgress>? progress, CancellationToken ct)
    {
        var reached = await Highest(connection, ct);
        await replay.Run(Schema, horizon, reached, done => progress?.Invoke(new RebuildProgress("catch up", done, reached)), ct);
        await Execute(connection, string.Concat(Tables.Select(name => $"analyze {Schema}.{name};")), ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        // Nobody appends from here to the commit, so the new tables miss nothing.
        await Execute(connection, Contracts.EventLog.TakeTurnSql, ct);
        await replay.Run(connection, transaction, Schema, reached, await Highest(connection, ct), ct);
        // Erased while the rows were being rebuilt.
        await Execute(connection, string.Concat(Tables.Select(name =>
            $"delete from {Schema}.{name} x using fhir.resource r, fhir.search_purge p where x.rid = r.rid and r.resident = p.resident and x.from_seq <= p.seq;")), ct);
        // search_date first: a page that is being read holds it (SearchSnapshot), and is waited for.
        await Execute(connection, "lock table fhir.search_date in access exclusive mode; create schema fhir_replaced;", ct);
        await Execute(connection, string.Concat(Tables.Select(name => $"alter table fhir.{name} set schema fhir_replaced; alter table {Schema}.{name} set schema fhir;")), ct);
        await Execute(connection, "drop schema fhir_replaced cascade", ct);
        // Extended statistics belong to a table but do not change the schema with it; those of the replaced tables are gone by now.
        await Execute(connection, MoveStatistics, ct);
        await Execute(connection, $"drop schema {Schema}; update fhir.search_parameter set ready = true, done = of where not ready;", ct);
        await transaction.CommitAsync(ct);
    }

    private static async Task<long> Highest(NpgsqlConnection connection, CancellationToken ct) => (long)(await Scalar(connection, "select coalesce(max(seq_id), 0) from events.mt_events", ct))!;

    private static async Task<object?> Scalar(NpgsqlConnection connection, string sql, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(ct);
    }

    private static async Task Execute(NpgsqlConnection connection, string sql, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync(ct);
    }
}
