using Health.Contracts;
using Health.Fhir.Search;
using Npgsql;

namespace Health.Fhir.Records;

/// <summary>A stored version, opened. <paramref name="Json"/> is empty for a deletion and null when its key was destroyed (erased).</summary>
public sealed record StoredRecord(
    long Rid, string ResourceType, string Id, long Version, long Sequence, DateTimeOffset LastUpdated, bool Deleted,
    string? ResidentId, string InstitutionCode, ReadOnlyMemory<byte>? Json);

/// <summary>Reads versions straight from their event rows and opens them; the filter of the caller is part of the query.</summary>
public sealed class RecordReader(NpgsqlDataSource database, RecordBodies bodies) : IDisposable
{
    private const string Columns = "r.rid, e.stream_id, e.version, e.seq_id, e.type, e.bdata, r.institution";
    private const string Current = $"select {Columns} from fhir.resource r join events.mt_events e on e.seq_id = r.seq where ";

    private readonly VersionQueue versions = new(database);

    /// <summary>The current version; null when there is none or the filter hides it.</summary>
    public async ValueTask<StoredRecord?> Find(string resourceType, string id, AccessFilter filter, CancellationToken ct) =>
        await Open(await versions.Find(resourceType, id, filter, ct), ct);

    /// <summary>Whether the resource exists (deleted or not) and the filter shows it.</summary>
    public async ValueTask<bool> IsVisible(string resourceType, string id, AccessFilter filter, CancellationToken ct)
    {
        List<object> parameters = [resourceType, id];
        await using var command = database.CreateCommand($"select exists (select 1 from fhir.resource r where r.type = $1 and r.id = $2 and {AccessFilterSql.Compile(filter, parameters)})");
        foreach (var value in parameters) command.Parameters.Add(new NpgsqlParameter { Value = value });
        return (bool)(await command.ExecuteScalarAsync(ct))!;
    }

    public async ValueTask<StoredRecord?> FindVersion(string resourceType, string id, long version, AccessFilter filter, CancellationToken ct) =>
        await Open(await versions.FindVersion(resourceType, id, version, filter, ct), ct);

    /// <summary>The version that was current at a sequence of the log or at an instant.</summary>
    public async ValueTask<StoredRecord?> FindAsOf(string resourceType, string id, AsOf asOf, AccessFilter filter, CancellationToken ct) =>
        await Open(await versions.FindAsOf(resourceType, id, asOf, filter, ct), ct);

    /// <summary>Current versions by rid, in the order asked; those the filter hides are left out.</summary>
    public async ValueTask<IReadOnlyList<StoredRecord>> ByRids(IReadOnlyList<long> rids, AccessFilter filter, CancellationToken ct)
    {
        List<object> parameters = [rids.ToArray()];
        var found = (await Query($"{Current}r.rid = any($1) and {AccessFilterSql.Compile(filter, parameters)}", parameters, ct)).ToDictionary(record => record.Rid);
        return [.. rids.Where(found.ContainsKey).Select(rid => found[rid])];
    }

    /// <summary>Versions by their sequence in the log, in the order asked.</summary>
    public async ValueTask<IReadOnlyList<StoredRecord>> BySequences(IReadOnlyList<long> sequences, AccessFilter filter, CancellationToken ct)
    {
        List<object> parameters = [sequences.ToArray()];
        var sql = $"select {Columns} from events.mt_events e join fhir.resource r on r.type = split_part(e.stream_id, '/', 1) and r.id = split_part(e.stream_id, '/', 2) "
            + $"where e.seq_id = any($1) and {AccessFilterSql.Compile(filter, parameters)}";
        var found = (await Query(sql, parameters, ct)).ToDictionary(record => record.Sequence);
        return [.. sequences.Where(found.ContainsKey).Select(sequence => found[sequence])];
    }

    /// <summary>Runs a query that selects <c>Columns</c> and opens what it finds.</summary>
    internal async Task<List<StoredRecord>> Query(string sql, List<object> parameters, CancellationToken ct)
    {
        var rows = new List<StoredVersion>();
        await using (var command = database.CreateCommand(sql))
        {
            foreach (var value in parameters) command.Parameters.Add(new NpgsqlParameter { Value = value });
            await using var reader = await command.ExecuteReaderAsync(ct);
            while (await reader.ReadAsync(ct))
                rows.Add(new StoredVersion(reader.GetInt64(0), reader.GetString(1), reader.GetInt64(2), reader.GetInt64(3), reader.GetString(4), reader.GetFieldValue<byte[]>(5), reader.GetString(6)));
        }

        // Opened after the connection is back in the pool: a key that is not in memory needs one of its own.
        var records = new List<StoredRecord>(rows.Count);
        foreach (var row in rows) records.Add((await Open(row, ct))!);
        return records;
    }

    public void Dispose() => versions.Dispose();

    internal async ValueTask<StoredRecord?> Open(StoredVersion? row, CancellationToken ct)
    {
        if (row is null) return null;
        var slash = row.StreamId.IndexOf('/');
        var (type, id) = (row.StreamId[..slash], row.StreamId[(slash + 1)..]);
        var e = ResourceEventFormat.Read(row.Bytes, row.EventName);
        var json = await bodies.Open(type, id, row.Version, e, ct);
        return new StoredRecord(row.Rid, type, id, row.Version, row.Sequence, e.LastUpdated, e is ResourceDeleted, e.ResidentId, row.Institution, json);
    }
}

/// <summary>A past moment: a sequence of the event log or an instant.</summary>
public sealed record AsOf(object Value)
{
    public static AsOf At(long sequence) => new(sequence);
    public static AsOf At(DateTimeOffset instant) => new(instant.UtcDateTime);
}
