using System.Text.Json;
using Health.Contracts;
using Npgsql;
using NpgsqlTypes;

namespace Health.Fhir.Records;

/// <summary>The statements of the committer on fhir.resource and fhir.batch.</summary>
internal static class RecordTables
{
    private const string SelectRows =
        """
        select r.rid, r.type, r.id, r.version, r.seq, r.last_updated, r.deleted, r.resident, r.institution, r.key_id, case when r.deleted then null else e.bdata end
        from unnest($1::text[], $2::text[]) as k(type, id)
        join fhir.resource r on r.type = k.type and r.id = k.id
        join events.mt_events e on e.seq_id = r.seq
        """;

    private const string Insert =
        """
        insert into fhir.resource (type, id, version, seq, last_updated, deleted, resident, institution, key_id)
        select * from unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[], $5::timestamptz[], $6::bool[], $7::text[], $8::text[], $9::text[])
        returning rid, type, id
        """;

    private const string Update =
        """
        update fhir.resource r set version = u.version, seq = u.seq, last_updated = u.last_updated, deleted = u.deleted, resident = u.resident,
            institution = u.institution, key_id = u.key_id
        from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::timestamptz[], $5::bool[], $6::text[], $7::text[], $8::text[])
            as u(rid, version, seq, last_updated, deleted, resident, institution, key_id)
        where r.rid = u.rid
        """;

    public static async Task<Dictionary<string, IReadOnlyList<RecordOutcome>>> KnownBatches(NpgsqlConnection connection, string[] keys, CancellationToken ct)
    {
        var known = new Dictionary<string, IReadOnlyList<RecordOutcome>>();
        await using var command = new NpgsqlCommand("select batch_key, outcome::text from fhir.batch where batch_key = any($1)", connection) { Parameters = { Value(keys) } };
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct)) known[reader.GetString(0)] = JsonSerializer.Deserialize<RecordOutcome[]>(reader.GetString(1))!;
        return known;
    }

    public static async Task<List<ResourceRow>> Load(NpgsqlConnection connection, IReadOnlyCollection<(string Type, string Id)> keys, CancellationToken ct)
    {
        var rows = new List<ResourceRow>(keys.Count);
        await using var command = new NpgsqlCommand(SelectRows, connection)
        {
            Parameters = { Value(keys.Select(key => key.Type).ToArray()), Value(keys.Select(key => key.Id).ToArray()) },
        };
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
            rows.Add(new ResourceRow(reader.GetString(1), reader.GetString(2)) with
            {
                Rid = reader.GetInt64(0),
                Version = reader.GetInt64(3),
                At = new SequenceCell { Value = reader.GetInt64(4) },
                LastUpdated = reader.GetFieldValue<DateTimeOffset>(5),
                Deleted = reader.GetBoolean(6),
                ResidentId = await reader.IsDBNullAsync(7, ct) ? null : reader.GetString(7),
                InstitutionCode = reader.GetString(8),
                KeyId = reader.GetString(9),
                Stored = await reader.IsDBNullAsync(10, ct) ? null : reader.GetFieldValue<byte[]>(10),
            });
        return rows;
    }

    /// <summary>Inserts the new rows and updates the others; returns them all with their rid.</summary>
    public static async Task<List<ResourceRow>> Save(NpgsqlConnection connection, IReadOnlyList<ResourceRow> rows, CancellationToken ct)
    {
        var fresh = rows.Where(row => row.Rid == 0).ToDictionary(row => (row.Type, row.Id));
        var saved = rows.Where(row => row.Rid != 0).ToList();
        await using var batch = new NpgsqlBatch(connection);
        if (fresh.Count > 0) batch.BatchCommands.Add(InsertOf([.. fresh.Values]));
        if (saved.Count > 0) batch.BatchCommands.Add(UpdateOf(saved));
        await using var reader = await batch.ExecuteReaderAsync(ct);
        if (fresh.Count > 0)
            while (await reader.ReadAsync(ct)) saved.Add(fresh[(reader.GetString(1), reader.GetString(2))] with { Rid = reader.GetInt64(0) });
        await reader.CloseAsync();
        return saved;
    }

    public static NpgsqlBatchCommand RememberBatch(string key, IReadOnlyList<RecordOutcome> outcomes, DateTimeOffset at) =>
        new("insert into fhir.batch (batch_key, outcome, seq, at) values ($1, $2::jsonb, $3, $4)")
        {
            Parameters =
            {
                Value(key), new() { Value = JsonSerializer.Serialize(outcomes), NpgsqlDbType = NpgsqlDbType.Text },
                Value(outcomes.Count == 0 ? 0 : outcomes.Max(outcome => outcome.Sequence)), Value(at.UtcDateTime),
            },
        };

    private static NpgsqlBatchCommand InsertOf(ResourceRow[] rows) => new(Insert)
    {
        Parameters = { Value(Each(rows, row => row.Type)), Value(Each(rows, row => row.Id)), Versions(rows), Sequences(rows), Times(rows), Deletions(rows), Residents(rows), Value(Each(rows, row => row.InstitutionCode)), Value(Each(rows, row => row.KeyId)) },
    };

    private static NpgsqlBatchCommand UpdateOf(List<ResourceRow> rows) => new(Update)
    {
        Parameters = { Value(Each(rows, row => row.Rid)), Versions(rows), Sequences(rows), Times(rows), Deletions(rows), Residents(rows), Value(Each(rows, row => row.InstitutionCode)), Value(Each(rows, row => row.KeyId)) },
    };

    private static NpgsqlParameter Versions(IReadOnlyList<ResourceRow> rows) => Value(Each(rows, row => row.Version));
    private static NpgsqlParameter Sequences(IReadOnlyList<ResourceRow> rows) => Value(Each(rows, row => row.Sequence));
    private static NpgsqlParameter Times(IReadOnlyList<ResourceRow> rows) => Value(Each(rows, row => row.LastUpdated.UtcDateTime));
    private static NpgsqlParameter Deletions(IReadOnlyList<ResourceRow> rows) => Value(Each(rows, row => row.Deleted));
    private static NpgsqlParameter Residents(IReadOnlyList<ResourceRow> rows) => new() { Value = Each(rows, row => row.ResidentId), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text };
    private static T[] Each<T>(IReadOnlyList<ResourceRow> rows, Func<ResourceRow, T> take) => [.. rows.Select(take)];
    private static NpgsqlParameter Value(object value) => new() { Value = value };
}
