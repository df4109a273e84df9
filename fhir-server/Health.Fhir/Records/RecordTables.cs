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
        insert into fhir.resource (rid, type, id, version, seq, last_updated, deleted, resident, institution, key_id)
        select * from unnest($1::bigint[], $2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::timestamptz[], $7::bool[], $8::text[], $9::text[], $10::text[])
        """;

    private const string Update =
        """
        update fhir.resource r set version = u.version, seq = u.seq, last_updated = u.last_updated, deleted = u.deleted, resident = u.resident,
            institution = u.institution, key_id = u.key_id
        from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::timestamptz[], $5::bool[], $6::text[], $7::text[], $8::text[])
            as u(rid, version, seq, last_updated, deleted, resident, institution, key_id)
        where r.rid = u.rid
        """;

    public static NpgsqlBatchCommand SelectOf(IReadOnlyCollection<(string Type, string Id)> keys) => new(SelectRows)
    {
        Parameters = { Value(keys.Select(key => key.Type).ToArray()), Value(keys.Select(key => key.Id).ToArray()) },
    };

    public static async Task<List<ResourceRow>> Load(NpgsqlConnection connection, IReadOnlyCollection<(string Type, string Id)> keys, CancellationToken ct)
    {
        await using var batch = new NpgsqlBatch(connection) { BatchCommands = { SelectOf(keys) } };
        await using var reader = await batch.ExecuteReaderAsync(ct);
        return await ReadRows(reader, ct);
    }

    public static async Task<List<ResourceRow>> ReadRows(NpgsqlDataReader reader, CancellationToken ct)
    {
        var rows = new List<ResourceRow>();
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

    /// <summary>Inserts the new rows and updates the others.</summary>
    public static IEnumerable<NpgsqlBatchCommand> Save(List<ResourceRow> fresh, List<ResourceRow> changed)
    {
        if (fresh.Count > 0) yield return InsertOf(fresh);
        if (changed.Count > 0) yield return UpdateOf(changed);
    }

    /// <summary>Keeps the outcomes of business keys for their repeats.</summary>
    public static NpgsqlBatchCommand RememberBatches(IReadOnlyList<(string Key, IReadOnlyList<RecordOutcome> Outcomes)> batches, DateTimeOffset at) =>
        new("insert into fhir.batch (batch_key, outcome, seq, at) select u.key, u.outcome::jsonb, u.seq, $4 from unnest($1::text[], $2::text[], $3::bigint[]) as u(key, outcome, seq)")
        {
            Parameters =
            {
                Value(batches.Select(batch => batch.Key).ToArray()), Value(batches.Select(batch => JsonSerializer.Serialize(batch.Outcomes)).ToArray()),
                Value(batches.Select(batch => batch.Outcomes.Count == 0 ? 0 : batch.Outcomes.Max(outcome => outcome.Sequence)).ToArray()), Value(at.UtcDateTime),
            },
        };

    private static NpgsqlBatchCommand InsertOf(List<ResourceRow> rows) => new(Insert)
    {
        Parameters = { Value(Each(rows, row => row.Rid)), Value(Each(rows, row => row.Type)), Value(Each(rows, row => row.Id)), Versions(rows), Sequences(rows), Times(rows), Deletions(rows), Residents(rows), Value(Each(rows, row => row.InstitutionCode)), Value(Each(rows, row => row.KeyId)) },
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
