using System.Data;
using System.Globalization;
using Health.Contracts;
using Npgsql;

namespace Health.Fhir.Search;

/// <summary>
/// Finds resources by search parameters. A query becomes one statement with the caller's filter in it. The first page looks at the
/// current rows and notes the highest visible sequence; later pages look at the rows that held at that sequence.
/// </summary>
public sealed class SearchEngine(NpgsqlDataSource database, SearchKeys keys, Blinding blinding, QueryParser parser)
{
    /// <summary>The query, or why it is refused.</summary>
    public Refusal? TryRead(string resourceType, string query, out SearchQuery search) => parser.TryRead(resourceType, query, out search);

    /// <summary>
    /// Why a query cannot decide a conditional interaction: it is not understood, or has no criterion and would match everything.
    /// Ask before <see cref="FindIds"/>.
    /// </summary>
    public Refusal? Check(string resourceType, string query)
    {
        if (parser.TryRead(resourceType, query, out var search) is { } refusal) return refusal;
        return search.Criteria.Count > 0 ? null : Refusal.Invalid($"The criteria '{query}' name no search parameter: they would match every {resourceType}.");
    }

    /// <summary>Ids of the resources that match <paramref name="query"/> (a query string without '?'), for conditional interactions.</summary>
    /// <exception cref="ArgumentException">The query is not understood (<see cref="Check"/> tells why).</exception>
    public async Task<IReadOnlyList<string>> FindIds(
        NpgsqlConnection connection, NpgsqlTransaction? transaction, string resourceType, string query, AccessFilter filter, int limit, CancellationToken ct)
    {
        if (Check(resourceType, query) is { } refusal) throw new ArgumentException(refusal.Diagnostics, nameof(query));
        parser.TryRead(resourceType, query, out var search);
        var sql = new SqlContext(await keys.Load(ct), blinding, filter, null);
        var statement = new SearchSql(search with { Count = limit, Sort = [] }, sql).Page(null);
        List<string> ids = [];
        await using var command = Command(connection, transaction, statement, sql);
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (ids.Count < limit && await reader.ReadAsync(ct)) ids.Add(reader.GetString(1));
        return ids;
    }

    /// <param name="continuing">State of the page token of a later page.</param>
    public async Task<(SearchPage Page, Refusal? Refusal)> Run(SearchQuery search, PageState? continuing, AccessFilter filter, CancellationToken ct)
    {
        var known = await keys.Load(ct);
        await using var connection = await database.OpenConnectionAsync(ct);
        // One snapshot for matches, total, includes and horizon.
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, ct);
        var now = await Highest(connection, transaction, ct);
        var (asOf, refusal) = await Horizon(search, continuing, now, connection, transaction, ct);
        if (refusal is not null) return (null!, refusal);
        SqlContext NewContext() => new(known, blinding, filter, asOf);
        var total = continuing?.Total;
        if (search.IsCountOnly || (search.Total == TotalMode.Accurate && continuing is null)) total = await Count(search, NewContext(), connection, transaction, ct);
        if (search.IsCountOnly) return (new SearchPage([], [], total, asOf ?? now, null), null);

        var (matches, last) = await Matches(search, NewContext(), continuing?.After, connection, transaction, ct);
        if (continuing is null && last is null) total ??= matches.Count;
        var (included, tooMany) = await new Includes(connection, transaction, NewContext).Collect(matches, search.Includes, ct);
        if (tooMany is not null) return (null!, tooMany);
        await transaction.CommitAsync(ct);
        return (new SearchPage(matches, included, total, asOf ?? now, last is null ? null : new PageState(asOf ?? now, last, total)), null);
    }

    private static async Task<(List<SearchHit> Hits, PagePosition? Last)> Matches(
        SearchQuery search, SqlContext sql, PagePosition? after, NpgsqlConnection connection, NpgsqlTransaction transaction, CancellationToken ct)
    {
        List<SearchHit> hits = [];
        PagePosition? last = null;
        await using var command = Command(connection, transaction, new SearchSql(search, sql).Page(after), sql);
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            if (hits.Count == search.Count) return (hits, last);
            hits.Add(new SearchHit(reader.GetInt64(0), search.Type, reader.GetString(1), reader.GetInt64(2), reader.IsDBNull(3) ? null : reader.GetString(3), false));
            if (hits.Count == search.Count) last = new PagePosition([.. Enumerable.Range(4, search.Sort.Count).Select(reader.GetString)], reader.GetInt64(0));
        }
        return (hits, null);
    }

    private static async Task<long> Count(SearchQuery search, SqlContext sql, NpgsqlConnection connection, NpgsqlTransaction transaction, CancellationToken ct)
    {
        await using var command = Command(connection, transaction, new SearchSql(search with { Sort = [] }, sql).Total(), sql);
        return (long)(await command.ExecuteScalarAsync(ct))!;
    }

    private static async Task<(long? AsOf, Refusal?)> Horizon(
        SearchQuery search, PageState? continuing, long now, NpgsqlConnection connection, NpgsqlTransaction transaction, CancellationToken ct)
    {
        // While nothing was written since, the current rows are the rows at the horizon.
        if (continuing is not null) return (continuing.Horizon == now ? null : continuing.Horizon, null);
        if (search.AsOf is not { } text) return (null, null);
        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var sequence)) return (sequence >= now ? null : sequence, null);
        if (!DateRange.TryParse(text, ExtractionSettings.China, out var instant) || !text.Contains('T'))
            return (null, Refusal.Invalid("_asOf is a sequence of the log (a whole number) or an instant such as 2026-01-01T08:00:00+08:00.", "_asOf"));
        await using var command = new NpgsqlCommand("select seq_id from events.mt_events where timestamp <= $1 order by seq_id desc limit 1", connection, transaction)
        {
            Parameters = { new() { Value = instant.Low } },
        };
        return (await command.ExecuteScalarAsync(ct) is long found ? found >= now ? null : found : 0, null);
    }

    private static async Task<long> Highest(NpgsqlConnection connection, NpgsqlTransaction transaction, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("select coalesce(max(seq_id), 0) from events.mt_events", connection, transaction);
        return (long)(await command.ExecuteScalarAsync(ct))!;
    }

    private static NpgsqlCommand Command(NpgsqlConnection connection, NpgsqlTransaction? transaction, string text, SqlContext sql)
    {
        var command = new NpgsqlCommand(text, connection, transaction);
        foreach (var value in sql.Parameters) command.Parameters.Add(new NpgsqlParameter { Value = value });
        return command;
    }
}
