using Health.Contracts;
using Npgsql;

namespace Health.Fhir.Search;

/// <summary>Pages through everything that concerns a resident, with the organisations, practitioners and other impersonal resources it refers to.</summary>
public sealed class RecordOfResident(NpgsqlDataSource database, SearchKeys keys, Blinding blinding, SearchLimit limit, ExtractionSettings settings)
{
    /// <param name="Types">Only these; empty for all.</param>
    /// <param name="Since">Only versions written at or after this time (UTC).</param>
    public sealed record Wanted(IReadOnlyList<string> Types, DateTime? Since, int Count, string? AsOf);

    /// <param name="resident">Null for a Patient the index of persons does not know: then what refers to it.</param>
    public async Task<(SearchPage Page, Refusal? Refusal)> Page(string patientId, string? resident, Wanted wanted, PageState? continuing, AccessFilter filter, CancellationToken ct)
    {
        var known = await keys.Load(ct);
        if (continuing is null && wanted.AsOf is null) return (await Present(patientId, resident, wanted, new SqlContext(known, blinding, filter, null), ct), null);
        var (opened, refusal) = await SearchSnapshot.Open(database, wanted.AsOf, settings.Zone, continuing, ct, limit);
        if (refusal is not null) return (null!, refusal);
        await using var snapshot = opened!;
        SqlContext NewContext() => new(known, blinding, filter, snapshot.Past);
        var sql = NewContext();
        var statement = Statement(patientId, resident, wanted, continuing?.After.Rid ?? 0, sql);
        var hits = await Read(snapshot, statement, sql, isInclude: false, ct);
        var more = hits.Count > wanted.Count;
        if (more) hits.RemoveAt(hits.Count - 1);
        var context = NewContext();
        var referred = hits.Count == 0 ? [] : await Read(snapshot, Referred($"select unnest({context.Add(hits.Select(hit => hit.Rid).ToArray())})", wanted, context), context, isInclude: true, ct);
        var next = more ? new PageState(snapshot.Horizon, new PagePosition([], hits[^1].Rid), null) : null;
        return (new SearchPage(hits, referred, null, snapshot.Horizon, next), null);
    }

    /// <summary>The first page of the present in one round trip, bodies included.</summary>
    private async Task<SearchPage> Present(string patientId, string? resident, Wanted wanted, SqlContext sql, CancellationToken ct)
    {
        await using var batch = database.CreateBatch();
        batch.BatchCommands.Add(new NpgsqlBatchCommand(limit.Guard));
        var command = new NpgsqlBatchCommand(PresentStatement(patientId, resident, wanted, sql));
        foreach (var value in sql.Parameters) command.Parameters.Add(new NpgsqlParameter { Value = value });
        batch.BatchCommands.Add(command);
        List<SearchHit> hits = [], referred = [];
        var (horizon, more) = (0L, false);
        await using var reader = await batch.ExecuteReaderAsync(ct);
        await reader.NextResultAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            var isInclude = reader.GetBoolean(TypeColumn + 1);
            horizon = reader.GetInt64(4);
            if (isInclude) referred.Add(PresentPage.Hit(reader, reader.GetString(TypeColumn), isInclude: true));
            else if (hits.Count < wanted.Count) hits.Add(PresentPage.Hit(reader, reader.GetString(TypeColumn), isInclude: false));
            else more = true;
        }

        return new SearchPage(hits, referred, null, horizon, more ? new PageState(horizon, new PagePosition([], hits[^1].Rid), null) : null);
    }

    private const int TypeColumn = 9, BodyBytes = 16 * 1024;

    private static string PresentStatement(string patientId, string? resident, Wanted wanted, SqlContext sql)
    {
        var matches = Statement(patientId, resident, wanted, 0, sql);
        var referred = Referred($"select rid from m order by rid limit {wanted.Count}", wanted, sql);
        return $"with m(rid, type, id, seq, resident) as materialized ({matches}), n(rid, type, id, seq, resident) as ({referred}), "
            + "a as (select *, false as included from m union all select *, true from n) "
            + $"select a.rid, a.id, a.seq, a.resident, {PresentPage.Horizon}, e.stream_id, e.version, e.event, e.bytes, a.type, a.included from (select * from a order by included, rid) a {PresentPage.EventOf("a.seq", BodyBytes)}";
    }

    private static string Statement(string patientId, string? resident, Wanted wanted, long after, SqlContext sql)
    {
        List<string> where = [sql.Visible("r"), $"r.rid > {sql.Add(after)}"];
        if (resident is not null) where.Add($"r.resident = {sql.Add(resident)}");
        else
        {
            var id = sql.Add(patientId);
            where.Add($"(r.type = 'Patient' and r.id = {id} or exists (select 1 from {sql.Rows(IndexTable.Reference)} f where f.rid = r.rid and f.target_type = 'Patient' and f.target_id = {id}))");
        }
        if (wanted.Types.Count > 0) where.Add($"r.type = any({sql.Add(wanted.Types.ToArray())})");
        if (wanted.Since is { } since) where.Add($"{(sql.IsAsOf ? "b.low" : "r.last_updated")} >= {sql.Add(since)}");
        var from = sql.IsAsOf ? $"fhir.resource r join {sql.Rows(IndexTable.Date)} b on b.rid = r.rid and b.key = any({sql.Add(sql.VersionKeys)})" : "fhir.resource r";
        return $"select r.rid, r.type, r.id, {(sql.IsAsOf ? "b.from_seq" : "r.seq")}, r.resident from {from} where {string.Join(" and ", where)} order by r.rid limit {wanted.Count + 1}";
    }

    /// <param name="from">A statement that gives the rids of the page.</param>
    private static string Referred(string from, Wanted wanted, SqlContext sql)
    {
        var at = sql.IsAsOf ? $"join {sql.Rows(IndexTable.Date)} b on b.rid = t.rid and b.key = any({sql.Add(sql.VersionKeys)}) " : "";
        var types = wanted.Types.Count > 0 ? $"and t.type = any({sql.Add(wanted.Types.ToArray())}) " : "";
        return $"select distinct t.rid, t.type, t.id, {(sql.IsAsOf ? "b.from_seq" : "t.seq")}, t.resident from {sql.Rows(IndexTable.Reference)} f "
            + $"join fhir.resource t on t.type = f.target_type and t.id = f.target_id {at}"
            + $"where f.rid in ({from}) and t.resident is null and f.target_type = any({sql.Add(AccessFilterSql.NotPersonalTypes)}) "
            + $"{types}and {sql.Visible("t")} order by 1 limit {Limits.IncludedPerPage}";
    }

    private static async Task<List<SearchHit>> Read(SearchSnapshot snapshot, string statement, SqlContext sql, bool isInclude, CancellationToken ct)
    {
        List<SearchHit> hits = [];
        await using var command = snapshot.Command(statement, sql);
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
            hits.Add(new SearchHit(reader.GetInt64(0), reader.GetString(1), reader.GetString(2), reader.GetInt64(3), reader.IsDBNull(4) ? null : reader.GetString(4), isInclude));
        return hits;
    }
}
