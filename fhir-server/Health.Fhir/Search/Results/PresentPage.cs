using Health.Fhir.Records;
using Npgsql;

namespace Health.Fhir.Search;

/// <summary>
/// The first page of a search of the present in one round trip: matches, their bodies, and the sequence they were looked at, all of one statement
/// and so of one database snapshot.
/// </summary>
internal sealed class PresentPage(NpgsqlDataSource database, SearchLimit limit)
{
    /// <summary>
    /// Matches whose bodies come along, and the size up to which one does: what is more is read in portions while the answer is written.
    /// </summary>
    public const int MostBodies = 100, BodyBytes = 32 * 1024;

    /// <summary>
    /// Holds search_date before the page's own tables are taken: a swap of a rebuilt index takes it first too, so it waits for this page, or this
    /// page sees the new index.
    /// </summary>
    public const string Guard = "select from fhir.search_date limit 0";

    /// <summary>What each body needs of its event, beside a row that carries its sequence.</summary>
    public static string EventOf(string sequence, int bodyBytes) =>
        $"cross join lateral (select x.stream_id, x.version, x.type as event, case when octet_length(x.bdata) <= {bodyBytes} then x.bdata end as bytes from events.mt_events x where x.seq_id = {sequence} offset 0) e";

    public const string Horizon = "(select coalesce(max(seq_id), 0) from events.mt_events)";

    public static bool Answers(SearchQuery search, PageState? continuing) =>
        continuing is null && search is { AsOf: null, Includes.Count: 0, IsCountOnly: false, Total: TotalMode.None, Count: > 0 and <= MostBodies } && !CodeOrder.IsNeeded(search);

    public async Task<SearchPage> Run(SearchQuery search, SqlContext sql, CancellationToken ct)
    {
        await using var batch = database.CreateBatch();
        batch.BatchCommands.Add(new NpgsqlBatchCommand(limit.GuardOfPlans));
        var page = new NpgsqlBatchCommand(Statement(new SearchSql(search, sql).Page(null), search.Sort.Count));
        foreach (var value in sql.Parameters) page.Parameters.Add(new NpgsqlParameter { Value = value });
        batch.BatchCommands.Add(page);
        List<SearchHit> hits = [];
        PagePosition? last = null;
        var horizon = 0L;
        var more = false;
        await using var reader = await batch.ExecuteReaderAsync(ct);
        await reader.NextResultAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            if (hits.Count == search.Count)
            {
                more = true;
                break;
            }

            horizon = reader.GetInt64(4);
            hits.Add(Hit(reader, search.Types.Count == 1 ? search.Type : reader.GetString(5).Split('/')[0], isInclude: false));
            if (hits.Count == search.Count) last = Position(reader, search.Sort.Count);
        }

        return new SearchPage(hits, [], more ? null : hits.Count, horizon, more ? new PageState(horizon, last!, null) : null);
    }

    /// <summary>Columns before the sort values.</summary>
    public const int FirstSortValue = 9;

    public static PagePosition Position(NpgsqlDataReader reader, int sortValues) => new([.. Enumerable.Range(FirstSortValue, sortValues).Select(reader.GetString)], reader.GetInt64(0));

    private static string Statement(string page, int sortValues)
    {
        var sorts = string.Concat(Enumerable.Range(0, sortValues).Select(i => $", s{i}"));
        return $"select p.rid, p.id, p.seq, p.resident, {Horizon}, e.stream_id, e.version, e.event, e.bytes{sorts} from ({page}) p(rid, id, seq, resident, type{sorts}) {EventOf("p.seq", BodyBytes)}";
    }

    /// <summary>rid, id, sequence, resident, [horizon], stream, version, event, bytes.</summary>
    public static SearchHit Hit(NpgsqlDataReader reader, string type, bool isInclude)
    {
        var (rid, sequence) = (reader.GetInt64(0), reader.GetInt64(2));
        return new SearchHit(rid, type, reader.GetString(1), sequence, reader.IsDBNull(3) ? null : reader.GetString(3), isInclude)
        {
            Stored = reader.IsDBNull(8) ? null : new StoredVersion(rid, reader.GetString(5), reader.GetInt64(6), sequence, reader.GetString(7), reader.GetFieldValue<byte[]>(8), ""),
        };
    }
}
