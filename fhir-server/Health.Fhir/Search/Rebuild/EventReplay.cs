using Health.Contracts;
using Health.Fhir.Records;
using Npgsql;

namespace Health.Fhir.Search.Rebuild;

/// <summary>Reads resource events from the log in order and writes their index rows into a schema.</summary>
public sealed class EventReplay(NpgsqlDataSource database, SearchIndex index, RecordBodies bodies, IKeyring keyring)
{
    private const int Portion = 500;

    private const string Read =
        """
        select e.seq_id, e.stream_id, e.version, e.type, e.bdata, r.rid, r.key_id, r.institution
        from events.mt_events e
        join fhir.resource r on r.type = split_part(e.stream_id, '/', 1) and r.id = split_part(e.stream_id, '/', 2)
        where e.seq_id > $1 and e.seq_id <= $2 and e.type = any($3)
            and not exists (select 1 from fhir.search_purge p where p.resident = r.resident and e.seq_id <= p.seq)
        order by e.seq_id limit $4
        """;

    private const string OfResources =
        """
        select e.seq_id, e.stream_id, e.version, e.type, e.bdata, r.rid, r.key_id, r.institution, lead(e.seq_id) over (partition by e.stream_id order by e.version)
        from fhir.resource r join events.mt_events e on e.stream_id = r.type || '/' || r.id
        where r.rid = any($1) and e.type = any($2)
            and not exists (select 1 from fhir.search_purge p where p.resident = r.resident and e.seq_id <= p.seq)
        order by e.seq_id
        """;

    private sealed record Row(long Sequence, string Stream, long Version, string Type, byte[] Data, long Rid, string KeyId, string Institution);

    /// <summary>Replays the events after <paramref name="after"/> up to <paramref name="upTo"/>, a transaction per portion.</summary>
    /// <returns>The number of versions.</returns>
    public async Task<long> Run(string schema, long after, long upTo, Action<long> progress, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        long versions = 0;
        while (await Portions(connection, null, after, upTo, ct) is { Count: > 0 } rows)
        {
            await using var transaction = await connection.BeginTransactionAsync(ct);
            versions += await Write(connection, transaction, schema, rows, ct);
            await transaction.CommitAsync(ct);
            after = rows[^1].Sequence;
            progress(after);
        }
        return versions;
    }

    /// <summary>The versions of these resources up to a sequence, each with the sequence of the one after it.</summary>
    internal async Task<List<(IndexedWrite Write, long? Next)>> Versions(NpgsqlConnection connection, NpgsqlTransaction transaction, IReadOnlyList<long> rids, long upTo, CancellationToken ct)
    {
        List<(Row Row, long? Next)> rows = [];
        await using (var command = new NpgsqlCommand(OfResources, connection, transaction))
        {
            command.Parameters.Add(new() { Value = rids.ToArray() });
            command.Parameters.Add(new() { Value = new[] { ResourceCreated.Name, ResourceUpdated.Name, ResourceDeleted.Name } });
            await using var reader = await command.ExecuteReaderAsync(ct);
            while (await reader.ReadAsync(ct))
                if (reader.GetInt64(0) <= upTo) rows.Add((RowOf(reader), reader.IsDBNull(8) ? null : reader.GetInt64(8)));
        }

        List<(IndexedWrite, long?)> versions = [];
        foreach (var (row, next) in rows)
            if (await Open(row, ct) is { } write) versions.Add((write, next));
        return versions;
    }

    /// <summary>The same within a transaction of the caller.</summary>
    public async Task Run(NpgsqlConnection connection, NpgsqlTransaction transaction, string schema, long after, long upTo, CancellationToken ct)
    {
        while (await Portions(connection, transaction, after, upTo, ct) is { Count: > 0 } rows)
        {
            await Write(connection, transaction, schema, rows, ct);
            after = rows[^1].Sequence;
        }
    }

    private static async Task<List<Row>> Portions(NpgsqlConnection connection, NpgsqlTransaction? transaction, long after, long upTo, CancellationToken ct)
    {
        List<Row> rows = [];
        await using var command = new NpgsqlCommand(Read, connection, transaction)
        {
            Parameters = { new() { Value = after }, new() { Value = upTo }, new() { Value = new[] { ResourceCreated.Name, ResourceUpdated.Name, ResourceDeleted.Name } }, new() { Value = Portion } },
        };
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            rows.Add(RowOf(reader));
        }
        return rows;
    }

    private static Row RowOf(NpgsqlDataReader reader) => new(
        reader.GetInt64(0), reader.GetString(1), reader.GetInt64(2), reader.GetString(3), reader.GetFieldValue<byte[]>(4), reader.GetInt64(5), reader.GetString(6), reader.GetString(7));

    private async Task<int> Write(NpgsqlConnection connection, NpgsqlTransaction transaction, string schema, List<Row> rows, CancellationToken ct)
    {
        List<IndexedWrite> writes = [];
        foreach (var row in rows)
            if (await Open(row, ct) is { } write) writes.Add(write);
        await index.Write(connection, transaction, schema, writes, ct);
        return writes.Count;
    }

    /// <summary>Null for what was erased: its key is gone, and its rows were purged from the live index too.</summary>
    private async ValueTask<IndexedWrite?> Open(Row row, CancellationToken ct)
    {
        if (!keyring.TryGetCached(row.KeyId, out var current)) current = await keyring.Find(row.KeyId, ct);
        if (current is null) return null;
        var slash = row.Stream.IndexOf('/');
        var (type, id) = (row.Stream[..slash], row.Stream[(slash + 1)..]);
        var e = ResourceEventFormat.Read(row.Data, row.Type);
        var json = await bodies.Open(type, id, row.Version, e, ct);
        return json is null ? null : new IndexedWrite(row.Rid, type, id, row.Version, row.Sequence, e.LastUpdated, e is ResourceDeleted, e.ResidentId, row.Institution, json.Value);
    }
}
