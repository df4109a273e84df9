using Health.Contracts;
using Health.Fhir.Search;
using Npgsql;

namespace Health.Fhir.Records;

/// <summary>A stored version, opened. <paramref name="Json"/> is empty for a deletion and null when its key was destroyed (erased).</summary>
public sealed record StoredRecord(
    long Rid, string ResourceType, string Id, long Version, long Sequence, DateTimeOffset LastUpdated, bool Deleted,
    string? ResidentId, string InstitutionCode, ReadOnlyMemory<byte>? Json);

/// <summary>Reads versions straight from their event rows and opens them; the filter of the caller is part of the query.</summary>
public sealed class RecordReader(NpgsqlDataSource database, RecordBodies bodies)
{
    private const string Columns = "r.rid, e.stream_id, e.version, e.seq_id, e.type, e.bdata, r.institution";
    private const string Current = $"select {Columns} from fhir.resource r join events.mt_events e on e.seq_id = r.seq where ";
    private const string AnyVersion = $"select {Columns} from fhir.resource r join events.mt_events e on e.stream_id = r.type || '/' || r.id where ";

    /// <summary>The current version; null when there is none or the filter hides it.</summary>
    public async ValueTask<StoredRecord?> Find(string resourceType, string id, AccessFilter filter, CancellationToken ct)
    {
        List<object> parameters = [resourceType, id];
        return (await Query($"{Current}r.type = $1 and r.id = $2 and {AccessFilterSql.Compile(filter, parameters)}", parameters, ct)).FirstOrDefault();
    }

    /// <summary>Whether the resource exists (deleted or not) and the filter shows it.</summary>
    public async ValueTask<bool> IsVisible(string resourceType, string id, AccessFilter filter, CancellationToken ct)
    {
        List<object> parameters = [resourceType, id];
        await using var command = database.CreateCommand($"select exists (select 1 from fhir.resource r where r.type = $1 and r.id = $2 and {AccessFilterSql.Compile(filter, parameters)})");
        foreach (var value in parameters) command.Parameters.Add(new NpgsqlParameter { Value = value });
        return (bool)(await command.ExecuteScalarAsync(ct))!;
    }

    public async ValueTask<StoredRecord?> FindVersion(string resourceType, string id, long version, AccessFilter filter, CancellationToken ct)
    {
        List<object> parameters = [resourceType, id, version];
        var sql = $"{AnyVersion}r.type = $1 and r.id = $2 and e.stream_id = $1 || '/' || $2 and e.version = $3 and {AccessFilterSql.Compile(filter, parameters)}";
        return (await Query(sql, parameters, ct)).FirstOrDefault();
    }

    /// <summary>The version that was current at a sequence of the log (<paramref name="sequence"/>) or at an instant.</summary>
    public async ValueTask<StoredRecord?> FindAsOf(string resourceType, string id, AsOf asOf, AccessFilter filter, CancellationToken ct)
    {
        List<object> parameters = [resourceType, id, asOf.Value];
        var sql = $"{AnyVersion}r.type = $1 and r.id = $2 and e.stream_id = $1 || '/' || $2 and {asOf.Condition("e", "$3")} and {AccessFilterSql.Compile(filter, parameters)} order by e.version desc limit 1";
        return (await Query(sql, parameters, ct)).FirstOrDefault();
    }

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
        var rows = new List<(long Rid, string Stream, long Version, long Sequence, string Type, byte[] Stored, string Institution)>();
        await using (var command = database.CreateCommand(sql))
        {
            foreach (var value in parameters) command.Parameters.Add(new NpgsqlParameter { Value = value });
            await using var reader = await command.ExecuteReaderAsync(ct);
            while (await reader.ReadAsync(ct))
                rows.Add((reader.GetInt64(0), reader.GetString(1), reader.GetInt64(2), reader.GetInt64(3), reader.GetString(4), reader.GetFieldValue<byte[]>(5), reader.GetString(6)));
        }

        // Opened after the connection is back in the pool: a key that is not in memory needs one of its own.
        var records = new List<StoredRecord>(rows.Count);
        foreach (var row in rows)
        {
            var slash = row.Stream.IndexOf('/');
            var (type, id) = (row.Stream[..slash], row.Stream[(slash + 1)..]);
            var e = ResourceEventFormat.Read(row.Stored, row.Type);
            var json = await bodies.Open(type, id, row.Version, e, ct);
            records.Add(new StoredRecord(row.Rid, type, id, row.Version, row.Sequence, e.LastUpdated, e is ResourceDeleted, e.ResidentId, row.Institution, json));
        }

        return records;
    }
}

/// <summary>A past moment: a sequence of the event log or an instant.</summary>
public sealed record AsOf(object Value)
{
    public static AsOf At(long sequence) => new(sequence);
    public static AsOf At(DateTimeOffset instant) => new(instant.UtcDateTime);

    public string Condition(string eventAlias, string parameter) => Value is long ? $"{eventAlias}.seq_id <= {parameter}" : $"{eventAlias}.timestamp <= {parameter}";
}
