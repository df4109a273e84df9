using Health.Contracts;

namespace Health.Fhir.Search;

/// <summary>_include and _revinclude, :iterate too (http://hl7.org/fhir/R4/search.html#include). Only what the caller may see is brought along.</summary>
public sealed class Includes(SearchSnapshot snapshot, Func<SqlContext> newContext)
{
    public async Task<(IReadOnlyList<SearchHit> Hits, Refusal? TooMany)> Collect(IReadOnlyList<SearchHit> matches, IReadOnlyList<Include> wanted, CancellationToken ct)
    {
        if (matches.Count == 0 || wanted.Count == 0) return ([], null);
        Dictionary<long, SearchHit> found = [];
        var known = matches.Select(hit => hit.Rid).ToHashSet();
        IReadOnlyList<SearchHit> round = matches;
        for (var i = 0; i < Limits.IncludeRounds && round.Count > 0; i++)
        {
            List<SearchHit> next = [];
            foreach (var include in wanted.Where(include => i == 0 || include.IsIterative))
            {
                foreach (var hit in await Find(include, round, ct))
                {
                    if (!known.Add(hit.Rid)) continue;
                    found[hit.Rid] = hit;
                    next.Add(hit);
                }
                if (found.Count > Limits.IncludedPerPage) return ([], Refusal.TooCostly($"The includes of this page bring more than {Limits.IncludedPerPage} resources: ask for a smaller _count."));
            }
            round = next;
        }
        return ([.. found.Values.OrderBy(hit => hit.Rid)], null);
    }

    private async Task<List<SearchHit>> Find(Include include, IReadOnlyList<SearchHit> from, CancellationToken ct)
    {
        var sources = include.IsReverse
            ? from.Where(hit => include.Target is null || hit.Type == include.Target).ToList()
            : [.. from.Where(hit => include.Source == "*" || hit.Type == include.Source)];
        if (sources.Count == 0) return [];
        var sql = newContext();
        await using var command = snapshot.Command(include.IsReverse ? Reverse(include, sources, sql) : Forward(include, sources, sql), sql);
        List<SearchHit> hits = [];
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct)) hits.Add(new SearchHit(reader.GetInt64(0), reader.GetString(1), reader.GetString(2), reader.GetInt64(3), reader.IsDBNull(4) ? null : reader.GetString(4), true));
        return hits;
    }

    private static string Forward(Include include, List<SearchHit> sources, SqlContext sql)
    {
        var only = include.Target is null ? "" : $"and f.target_type = {sql.Add(include.Target)} ";
        return $"select distinct t.rid, t.type, t.id, {Version(sql)}, t.resident from {sql.Rows(IndexTable.Reference)} f "
            + $"join fhir.resource t on t.type = f.target_type and t.id = f.target_id {AtHorizon(sql)}"
            + $"where f.rid = any({sql.Add(sources.Select(hit => hit.Rid).ToArray())}) and f.key = any({sql.Add(Keys(include, sources, sql))}) {only}and {sql.Visible("t")} limit {Limits.IncludedPerPage + 1}";
    }

    private static string Reverse(Include include, List<SearchHit> targets, SqlContext sql)
    {
        var (types, ids) = (sql.Add(targets.Select(hit => hit.Type).ToArray()), sql.Add(targets.Select(hit => hit.Id).ToArray()));
        return $"select distinct t.rid, t.type, t.id, {Version(sql)}, t.resident from unnest({types}, {ids}) m(type, id) "
            + $"join {sql.Rows(IndexTable.Reference)} f on f.target_type = m.type and f.target_id = m.id join fhir.resource t on t.rid = f.rid {AtHorizon(sql)}"
            + $"where f.key = any({sql.Add(Keys(include, targets, sql))}) and {sql.Visible("t")} limit {Limits.IncludedPerPage + 1}";
    }

    private static string Version(SqlContext sql) => sql.IsAsOf ? "b.from_seq" : "t.seq";

    private static string AtHorizon(SqlContext sql) => sql.IsAsOf ? $"join {sql.Rows(IndexTable.Date)} b on b.rid = t.rid and b.key = any({sql.Add(sql.VersionKeys)}) " : "";

    private static short[] Keys(Include include, IReadOnlyList<SearchHit> sources, SqlContext sql) => include.Parameter != "*"
        ? [sql.Key(include.Source, include.Parameter)]
        : include.Source == "*" ? [.. sources.Select(hit => hit.Type).Distinct().SelectMany(type => KeysOf(type, sql))] : KeysOf(include.Source, sql);

    private static short[] KeysOf(string type, SqlContext sql) =>
        [.. FhirDefinitions.R4.ParametersOf(type).Values.Where(p => p.Type == SearchType.Reference).Select(p => sql.Key(type, p.Code))];
}
