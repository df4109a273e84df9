using Health.Contracts;
using Health.Fhir.Records;
using Health.Fhir.Search;
using Health.Fhir.Wire;
using Npgsql;

namespace Health.Fhir.Bulk;

/// <param name="Sequence">Of the version that held at the horizon.</param>
/// <param name="Resident">Whom it concerns; null for nobody or nobody known.</param>
public readonly record struct ExportRow(string Id, long Sequence, string? Resident);

/// <summary>
/// What an export holds of one type: the versions that held at the horizon of the job, of all that its caller may see now, in the order of
/// their ids. The event log answers, so it does not matter what was written since.
/// </summary>
public sealed class ExportRows(NpgsqlDataSource database, SearchKeys keys, Blinding blinding, CodeSetSource codeSets, FhirServices services)
{
    /// <summary>Types that belong to a record of a person, and what may be seen of them.</summary>
    public async Task<AccessFilter?> FilterOf(BulkJob job, string type, CancellationToken ct)
    {
        var caller = job.Request.Caller;
        foreach (var kind in (AccessKind[])[AccessKind.Read, AccessKind.Search])
            if (await services.Policy.Decide(new AccessRequest(caller, kind, type), ct) is not AccessDecision.Permit permit) return null;
            else if (kind == AccessKind.Search) return permit.Filter;
        return null;
    }

    public async Task<List<ExportRow>> Read(BulkJob job, string kind, string type, string afterId, string? toId, AccessFilter filter, int limit, CancellationToken ct)
    {
        var filters = kind == "deleted" ? [] : Filters(job, type);
        var (codes, unknown) = await codeSets.Resolve([.. filters.SelectMany(query => query.Criteria)], filter, ct);
        if (unknown is not null) throw new BulkFaultException($"_typeFilter: {unknown.Diagnostics}");
        var sql = new SqlContext(await keys.Load(ct), blinding, filter, job.Horizon) { CodeSets = codes };
        List<string> where = [$"r.type = {sql.Add(type)}", $"r.id > {sql.Add(afterId)}", sql.Visible("r")];
        if (toId is not null) where.Add($"r.id <= {sql.Add(toId)}");
        if (job.Request.Level == "Patient") where.Add("r.resident is not null");
        if (job.Request.Residents is { } residents) where.Add($"r.resident = any({sql.Add(residents.ToArray())})");
        if (job.Request.Since is { } since) where.Add($"v.timestamp >= {sql.Add(since.UtcDateTime)}");
        where.Add($"v.type {(kind == "deleted" ? "=" : "<>")} {sql.Add(ResourceDeleted.Name)}");
        if (filters.Count > 0) where.Add($"({string.Join(" or ", filters.Select(query => Matching(query, sql)))})");
        var horizon = sql.Add(job.Horizon);
        await using var command = database.CreateCommand(
            $"""
            select r.id, v.seq_id, r.resident from fhir.resource r
            cross join lateral (select e.seq_id, e.type, e.timestamp from events.mt_events e where e.stream_id = r.type || '/' || r.id and e.seq_id <= {horizon} order by e.version desc limit 1) v
            where {string.Join(" and ", where)} order by r.id limit {limit}
            """);
        foreach (var value in sql.Parameters) command.Parameters.Add(new NpgsqlParameter { Value = value });
        await using var reader = await command.ExecuteReaderAsync(ct);
        List<ExportRow> rows = [];
        while (await reader.ReadAsync(ct)) rows.Add(new ExportRow(reader.GetString(0), reader.GetInt64(1), reader.IsDBNull(2) ? null : reader.GetString(2)));
        return rows;
    }

    private List<SearchQuery> Filters(BulkJob job, string type)
    {
        List<SearchQuery> queries = [];
        foreach (var text in job.Request.Filters.Where(text => text.StartsWith(type + "?", StringComparison.Ordinal)))
        {
            if (services.Search.TryRead(type, text[(type.Length + 1)..], out var query) is { } refusal) throw new BulkFaultException($"_typeFilter: {refusal.Diagnostics}");
            queries.Add(query);
        }

        return queries;
    }

    private static string Matching(SearchQuery query, SqlContext sql) =>
        $"r.rid in (select m.rid from ({new SearchSql(query with { Count = int.MaxValue - 1, Sort = [] }, sql).Page(null)}) m)";
}
