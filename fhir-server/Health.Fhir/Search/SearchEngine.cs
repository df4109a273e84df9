using Health.Contracts;
using Npgsql;

namespace Health.Fhir.Search;

/// <summary>
/// Finds resources by search parameters. A query becomes one statement with the caller's filter in it. The first page looks at the
/// current rows and notes the highest visible sequence; later pages look at the rows that held at that sequence.
/// </summary>
public sealed class SearchEngine(NpgsqlDataSource database, SearchKeys keys, Blinding blinding, QueryParser parser, CodeSetSource codeSets, CodeOrder codeOrder, SearchLimit limit, ExtractionSettings settings)
    : IDisposable
{
    private readonly PresentPage present = new(database, limit);
    private readonly SharedPages shared = new(database, limit);

    /// <summary>The query, or why it is refused.</summary>
    public Refusal? TryRead(string resourceType, string query, out SearchQuery search) => parser.TryRead(resourceType, query, out search);

    /// <summary>The same; where <paramref name="isLenient"/>, parameters that there are not are passed over and named in the query.</summary>
    /// <param name="resourceTypes">A type, or several separated by blanks.</param>
    public Refusal? TryRead(string resourceTypes, string query, bool isLenient, out SearchQuery search) => parser.TryRead(resourceTypes, query, isLenient, out search);

    /// <summary>
    /// Why a query cannot decide a conditional interaction: it is not understood, or has no criterion and would match everything.
    /// Ask before <see cref="FindIds"/>.
    /// </summary>
    public Refusal? Check(string resourceType, string query)
    {
        if (parser.TryRead(resourceType, query, out var search) is { } refusal) return refusal;
        if (CodeSetSource.IsNeeded(search.Criteria)) return Refusal.NotSupported("A condition takes no :in, :not-in, :above or :below of codes: what they mean may change between two writes.");
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
        await using var command = new NpgsqlCommand(new SearchSql(search with { Count = limit, Sort = [] }, sql).Page(null), connection, transaction);
        foreach (var value in sql.Parameters) command.Parameters.Add(new NpgsqlParameter { Value = value });
        List<string> ids = [];
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (ids.Count < limit && await reader.ReadAsync(ct)) ids.Add(reader.GetString(1));
        return ids;
    }

    /// <param name="continuing">State of the page token of a later page.</param>
    /// <param name="filter">What the caller may see of every type the query touches (<see cref="SearchScope"/>).</param>
    public async Task<(SearchPage Page, Refusal? Refusal)> Run(SearchQuery search, PageState? continuing, AccessFilter filter, CancellationToken ct)
    {
        try
        {
            return await Find(search, continuing, filter, ct);
        }
        catch (PostgresException e) when (SearchLimit.IsReached(e) && !ct.IsCancellationRequested)
        {
            return (null!, limit.TooCostly(search));
        }
    }

    private async Task<(SearchPage Page, Refusal? Refusal)> Find(SearchQuery search, PageState? continuing, AccessFilter filter, CancellationToken ct)
    {
        var known = await keys.Load(ct);
        var (codes, unknown) = await codeSets.Resolve(search.Criteria, filter, ct);
        if (unknown is not null) return (null!, unknown);
        if (PresentPage.Answers(search, continuing))
        {
            var isShared = SharedPages.Takes(search);
            var sql = new SqlContext(known, blinding, filter, null) { CodeSets = codes, IsShared = isShared, SortedMatches = limit.SortedMatches };
            return (await (isShared ? shared.Run(search, sql, ct) : present.Run(search, sql, ct)), null);
        }
        var (opened, refusal) = await SearchSnapshot.Open(database, search.AsOf, settings.Zone, continuing, ct, limit);
        if (refusal is not null) return (null!, refusal);
        await using var snapshot = opened!;
        SqlContext NewContext() => new(known, blinding, filter, snapshot.Past) { CodeSets = codes, SortedMatches = limit.SortedMatches };
        var total = continuing?.Total;
        if (search.IsCountOnly || (search.Total == TotalMode.Accurate && continuing is null)) total = await Count(search, NewContext(), snapshot, ct);
        if (search.IsCountOnly) return (new SearchPage([], [], total, snapshot.Horizon, null), null);

        List<SearchHit> matches;
        PagePosition? last;
        if (CodeOrder.IsNeeded(search))
        {
            var (all, _) = await Matches(search with { Sort = [], Count = Limits.SortedByCode + 1 }, NewContext(), null, snapshot, ct);
            var (sorted, hasMore, count, tooManyToSort) = await codeOrder.Page(search, all, continuing?.After, filter, ct);
            if (tooManyToSort is not null) return (null!, tooManyToSort);
            (matches, last, total) = (sorted, hasMore ? new PagePosition([], sorted[^1].Rid) : null, search.Total == TotalMode.Accurate ? count : total);
        }
        else (matches, last) = await Matches(search, NewContext(), continuing?.After, snapshot, ct);
        if (continuing is null && last is null) total ??= matches.Count;
        var (included, tooMany) = await new Includes(snapshot, NewContext).Collect(matches, search.Includes, ct);
        if (tooMany is not null) return (null!, tooMany);
        return (new SearchPage(matches, included, total, snapshot.Horizon, last is null ? null : new PageState(snapshot.Horizon, last, total)), null);
    }

    public void Dispose() => shared.Dispose();

    private static async Task<(List<SearchHit> Hits, PagePosition? Last)> Matches(SearchQuery search, SqlContext sql, PagePosition? after, SearchSnapshot snapshot, CancellationToken ct)
    {
        List<SearchHit> hits = [];
        PagePosition? last = null;
        await using var command = snapshot.Command(new SearchSql(search, sql).Page(after), sql);
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            if (hits.Count == search.Count) return (hits, last);
            hits.Add(new SearchHit(reader.GetInt64(0), reader.GetString(4), reader.GetString(1), reader.GetInt64(2), reader.IsDBNull(3) ? null : reader.GetString(3), false));
            if (hits.Count == search.Count) last = new PagePosition([.. Enumerable.Range(SearchSql.FixedColumns, search.Sort.Count).Select(reader.GetString)], reader.GetInt64(0));
        }
        return (hits, null);
    }

    private static async Task<long> Count(SearchQuery search, SqlContext sql, SearchSnapshot snapshot, CancellationToken ct)
    {
        await using var command = snapshot.Command(new SearchSql(search with { Sort = [] }, sql).Total(), sql);
        return (long)(await command.ExecuteScalarAsync(ct))!;
    }
}
