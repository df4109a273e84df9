using System.Security.Cryptography;
using Health.Broker.Audit.Log;
using Health.Broker.Audit.Proofs;
using Health.Broker.Keys;
using Npgsql;

namespace Health.Broker.Audit.Verification;

/// <summary>
/// Verifies the whole audit log of a database against the data folder (public key, checkpoint file, key file), without the platform:
/// every fact recomputed, every index dense, every checkpoint's root, signature and line. Streams; memory does not grow with the log.
/// </summary>
public static class AuditVerifier
{
    private const int ProgressEvery = 10_000;

    private const string LogSql =
        """
        select l.idx, l.at, l.fact_id, l.leaf, f.body, f.detail, f.leaf, f.mac, f.resident, f.institution
        from audit.log l left join audit.fact f on f.at = l.at and f.fact_id = l.fact_id order by l.idx
        """;

    private const string UnloggedSql =
        """
        select f.fact_id, f.at, f.body, f.detail, f.leaf, f.mac, f.resident, f.institution,
               coalesce(f.tx < $1::text::xid8, false) as is_old, f.tx >= pg_snapshot_xmax(pg_current_snapshot()) as is_future
        from audit.fact f where not exists (select from audit.log l where l.fact_id = f.fact_id and l.at = f.at)
        """;

    /// <param name="keyFile">Default <c>&lt;dataFolder&gt;/keys/kek.json</c>; without it rows written by hand are told by the log alone.</param>
    /// <param name="progress">Told the number of facts read now and then.</param>
    public static async Task<AuditVerdict> Run(
        string connectionString, string dataFolder, string? keyFile = null, IProgress<long>? progress = null, CancellationToken ct = default)
    {
        var findings = new Findings();
        var file = new FileInfo(new CheckpointFile(dataFolder).Path);
        var fileLength = file.Exists ? file.Length : 0;
        if (!file.Exists) findings.Add($"{file.FullName} is missing: the database cannot be compared with it");
        await using var database = NpgsqlDataSource.Create(connectionString);
        await using var main = await database.OpenConnectionAsync(ct);
        await using var snapshot = await main.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, ct);
        await using var side = await database.OpenConnectionAsync(ct);
        await using var sideSnapshot = await ShareSnapshot(main, side, ct);
        await using var third = await database.OpenConnectionAsync(ct);
        await using var thirdSnapshot = await ShareSnapshot(main, third, ct);
        using var key = await TrustedKey(side, dataFolder, findings, ct);
        var check = new FactCheck(await MacKey(side, keyFile ?? Path.Combine(dataFolder, "keys", "kek.json"), findings, ct));

        await using var trail = new CheckpointTrail(
            LogTables.CheckpointsAfter(side, 0, ct).GetAsyncEnumerator(ct), file.Exists ? file.OpenText() : null, fileLength, key, findings);
        await trail.Start(ct);
        var logged = await ReadLog(main, trail, check, new NodeCheck(third, findings), findings, progress, ct);
        var unlogged = await ReadUnlogged(main, trail.Last, check, findings, ct);
        var confirmed = trail.Confirmed;
        return new AuditVerdict(confirmed?.Size ?? 0, confirmed is null ? null : Convert.ToHexStringLower(confirmed.Root), logged + unlogged, unlogged, findings.Places);
    }

    private static async Task<long> ReadLog(
        NpgsqlConnection connection, CheckpointTrail trail, FactCheck check, NodeCheck nodes, Findings findings, IProgress<long>? progress, CancellationToken ct)
    {
        var frontier = new MerkleFrontier();
        long next = 0;
        await using (var command = new NpgsqlCommand(LogSql, connection) { CommandTimeout = 0 })
        await using (var reader = await command.ExecuteReaderAsync(ct))
        {
            while (await reader.ReadAsync(ct))
            {
                var index = reader.GetInt64(0);
                if (index != next) findings.Add(index - 1 == next ? $"log index {next} missing" : $"log indices {next} to {index - 1} missing");
                next = index + 1;
                var leaf = reader.GetFieldValue<byte[]>(3);
                if (reader.IsDBNull(4)) findings.Add($"fact {reader.GetGuid(2)} of {FactRow.Time(reader.GetDateTime(1))}: deleted (log index {index})");
                else check.Check(Row(reader, 2, 1, 4), leaf, $"log index {index}", findings);
                frontier.Append(leaf, nodes.Completed);
                await nodes.Compare(ct);
                await trail.Reached(next, frontier.Root, ct);
                if (next % ProgressEvery == 0) progress?.Report(next);
            }
        }

        await nodes.Finish(ct);
        await trail.Finish(next, ct);
        progress?.Report(next);
        return frontier.Size;
    }

    private static async Task<long> ReadUnlogged(NpgsqlConnection connection, Checkpoint? last, FactCheck check, Findings findings, CancellationToken ct)
    {
        long count = 0;
        await using var command = new NpgsqlCommand(UnloggedSql, connection) { CommandTimeout = 0 };
        command.Parameters.Add(new NpgsqlParameter { Value = (object?)last?.Horizon ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text });
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            var row = Row(reader, 0, 1, 2);
            count++;
            check.Check(row, null, "not in the log", findings);
            if (reader.GetBoolean(8)) findings.Add($"fact {row.FactId} of {FactRow.Time(row.At)}: missing in the log although older than checkpoint {last!.Size}");
            if (reader.GetBoolean(9)) findings.Add($"fact {row.FactId} of {FactRow.Time(row.At)}: of a transaction that has not been yet (not in the log)");
        }

        return count;
    }

    private static FactRow Row(NpgsqlDataReader reader, int factId, int at, int body) => new(
        reader.GetGuid(factId), reader.GetDateTime(at), reader.GetFieldValue<byte[]>(body), reader.IsDBNull(body + 1) ? null : reader.GetFieldValue<byte[]>(body + 1),
        reader.GetFieldValue<byte[]>(body + 2), reader.GetFieldValue<byte[]>(body + 3),
        reader.IsDBNull(body + 4) ? null : reader.GetString(body + 4), reader.IsDBNull(body + 5) ? null : reader.GetString(body + 5));

    private static async Task<NpgsqlTransaction> ShareSnapshot(NpgsqlConnection from, NpgsqlConnection to, CancellationToken ct)
    {
        await using var export = new NpgsqlCommand("select pg_export_snapshot()", from);
        var id = (string)(await export.ExecuteScalarAsync(ct))!;
        var transaction = await to.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, ct);
        await using var import = new NpgsqlCommand($"set transaction snapshot '{id}'", to);
        await import.ExecuteNonQueryAsync(ct);
        return transaction;
    }

    private static async Task<ECDsa?> TrustedKey(NpgsqlConnection connection, string dataFolder, Findings findings, CancellationToken ct)
    {
        var path = CheckpointSigner.PublicKeyFile(dataFolder);
        if (!File.Exists(path))
        {
            findings.Add($"{path} is missing: signatures cannot be checked");
            return null;
        }

        var key = ECDsa.Create();
        key.ImportFromPem(await File.ReadAllTextAsync(path, ct));
        await using var command = new NpgsqlCommand("select key_id from audit.signing_key where public_key <> $1", connection);
        command.Parameters.Add(new NpgsqlParameter { Value = key.ExportSubjectPublicKeyInfo() });
        if (await command.ExecuteScalarAsync(ct) is string other) findings.Add($"signing key {other} in the database is not the one in the data folder");
        return key;
    }

    private static async Task<KeyedHash?> MacKey(NpgsqlConnection connection, string keyFile, Findings findings, CancellationToken ct)
    {
        if (!File.Exists(keyFile)) return null;
        try
        {
            var (_, material) = await new KeyTable(KeyFile.Read(keyFile, mayCreate: false)).Read(connection, Keyring.AuditKeyId, ct);
            return material is null ? null : new KeyedHash(material);
        }
        catch (InvalidOperationException e)
        {
            findings.Add(e.Message);
            return null;
        }
    }
}
