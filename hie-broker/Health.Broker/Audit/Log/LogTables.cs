using Health.Broker.Audit.Proofs;
using Npgsql;

namespace Health.Broker.Audit.Log;

/// <summary>Tables <c>audit.log</c>, <c>audit.node</c> and <c>audit.checkpoint</c>.</summary>
internal static class LogTables
{
    public const string CheckpointColumns = "origin, size, root, at, horizon::text, key_id, signature";

    // Facts below the horizon, in transaction order, that are not in the log. Without a lower bound also those of transactions this
    // cluster has not reached: rows that came from another cluster by dump and restore.
    private const string ExtendSql =
        """
        with fresh as (
            select f.at, f.fact_id, f.leaf, row_number() over (order by f.tx, f.at, f.fact_id) as n
            from audit.fact f
            where ((f.tx < $1::text::xid8 and ($2::text is null or f.tx >= $2::text::xid8))
                   or ($2::text is null and f.tx >= pg_snapshot_xmax(pg_current_snapshot())))
              and not exists (select from audit.log l where l.fact_id = f.fact_id)
            order by f.tx, f.at, f.fact_id limit $4)
        insert into audit.log (idx, at, fact_id, leaf) select $3 + n - 1, at, fact_id, leaf from fresh returning idx, leaf
        """;

    /// <summary>The oldest transaction still running: everything older is visible to the next statement, or never will be.</summary>
    public static async Task<string> Horizon(NpgsqlConnection connection, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("select pg_snapshot_xmin(pg_current_snapshot())::text", connection);
        return (string)(await command.ExecuteScalarAsync(ct))!;
    }

    /// <returns>Leaves added, in log order.</returns>
    public static async Task<IReadOnlyList<byte[]>> Extend(NpgsqlConnection connection, string horizon, string? from, long size, int limit, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(ExtendSql, connection)
        {
            Parameters = { new() { Value = horizon }, new() { Value = (object?)from ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text }, new() { Value = size }, new() { Value = limit } },
        };
        var added = new SortedDictionary<long, byte[]>();
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct)) added.Add(reader.GetInt64(0), reader.GetFieldValue<byte[]>(1));
        return [.. added.Values];
    }

    public static async Task InsertNodes(NpgsqlConnection connection, IReadOnlyList<(Subtree Place, byte[] Hash)> nodes, CancellationToken ct)
    {
        if (nodes.Count == 0) return;
        await using var command = new NpgsqlCommand(
            "insert into audit.node (level, idx, hash) select * from unnest($1::smallint[], $2::bigint[], $3::bytea[]) on conflict do nothing", connection)
        {
            Parameters =
            {
                new() { Value = nodes.Select(node => (short)(node.Place.Level / TreeReader.TileHeight)).ToArray() },
                new() { Value = nodes.Select(node => node.Place.Index).ToArray() },
                new() { Value = nodes.Select(node => node.Hash).ToArray() },
            },
        };
        await command.ExecuteNonQueryAsync(ct);
    }

    public static async Task InsertCheckpoint(NpgsqlConnection connection, Checkpoint c, byte[] frontier, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(
            """
            insert into audit.checkpoint (origin, size, root, at, horizon, key_id, signature, frontier)
            values ($1, $2, $3, $4, $5::text::xid8, $6, $7, $8)
            """, connection)
        {
            Parameters =
            {
                new() { Value = c.Origin }, new() { Value = c.Size }, new() { Value = c.Root }, new() { Value = c.At }, new() { Value = c.Horizon },
                new() { Value = c.KeyId }, new() { Value = c.Signature }, new() { Value = frontier },
            },
        };
        await command.ExecuteNonQueryAsync(ct);
    }

    public static Checkpoint ReadCheckpoint(NpgsqlDataReader row) => new(
        row.GetString(0), row.GetInt64(1), row.GetFieldValue<byte[]>(2), row.GetDateTime(3), row.GetString(4), row.GetString(5), row.GetFieldValue<byte[]>(6));

    public static async Task<(Checkpoint? Last, byte[] Frontier)> LastCheckpoint(NpgsqlConnection connection, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand($"select {CheckpointColumns}, frontier from audit.checkpoint order by size desc limit 1", connection);
        await using var reader = await command.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct) ? (ReadCheckpoint(reader), reader.GetFieldValue<byte[]>(7)) : (null, []);
    }

    public static async IAsyncEnumerable<Checkpoint> CheckpointsAfter(
        NpgsqlConnection connection, long size, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct)
    {
        await using var command = new NpgsqlCommand($"select {CheckpointColumns} from audit.checkpoint where size > $1 order by size", connection)
        {
            Parameters = { new() { Value = size } },
        };
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct)) yield return ReadCheckpoint(reader);
    }
}
