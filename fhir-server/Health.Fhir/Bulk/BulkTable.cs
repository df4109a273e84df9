using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Health.Contracts;
using Npgsql;

namespace Health.Fhir.Bulk;

/// <summary>The rows of bulk jobs. What names a person is sealed under the node's key.</summary>
public sealed class BulkTable(NpgsqlDataSource database, IKeyring keyring, TimeProvider time)
{
    private const string Columns = "id, kind, state, owner, request, horizon, created_at, finished_at, expires_at, position, done, failed, fault";

    /// <summary>An id nobody guesses.</summary>
    public static string NewId() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));

    /// <returns>False when the owner has too many unfinished jobs.</returns>
    public async Task<bool> Insert(string id, string kind, BulkRequest request, long horizon, CancellationToken ct)
    {
        await using var command = database.CreateCommand(
            """
            insert into fhir.bulk_job (id, kind, state, owner, request, horizon, created_at)
            select $1, $2, 'waiting', $3, $4, $5, $6 where (select count(*) from fhir.bulk_job where owner = $3 and state in ('waiting', 'running')) < $7
            """);
        Add(command, id, kind, BulkJob.OwnerOf(request.Caller), Seal(id, JsonSerializer.SerializeToUtf8Bytes(request)), horizon, time.GetUtcNow().UtcDateTime, (long)BulkOptions.MostJobsPerOwner);
        return await command.ExecuteNonQueryAsync(ct) == 1;
    }

    public async Task<BulkJob?> Find(string id, CancellationToken ct) => (await Query("where id = $1", [id], ct)).FirstOrDefault();

    /// <summary>The oldest job that is not finished: a running one was interrupted.</summary>
    public async Task<BulkJob?> Next(CancellationToken ct) => (await Query("where state in ('waiting', 'running') order by created_at limit 1", [], ct)).FirstOrDefault();

    /// <returns>False when it was cancelled meanwhile.</returns>
    public Task<bool> Begin(string id, CancellationToken ct) => Execute("update fhir.bulk_job set state = 'running' where id = $1 and state in ('waiting', 'running')", [id], ct);

    public Task<bool> SaveRequest(string id, BulkRequest request, CancellationToken ct) =>
        Execute("update fhir.bulk_job set request = $2 where id = $1 and state = 'running'", [id, Seal(id, JsonSerializer.SerializeToUtf8Bytes(request))], ct);

    public Task<bool> Finish(string id, string state, string? fault, TimeSpan keep, CancellationToken ct)
    {
        var now = time.GetUtcNow().UtcDateTime;
        return Execute("update fhir.bulk_job set state = $2, fault = $3, finished_at = $4, expires_at = $5 where id = $1 and state <> 'cancelled'", [id, state, (object?)fault ?? DBNull.Value, now, now + keep], ct);
    }

    /// <summary>Takes a job out with its files; the worker stops at its next step.</summary>
    public Task<bool> Remove(string id, CancellationToken ct) => Execute("delete from fhir.bulk_job where id = $1", [id], ct);

    public async Task<IReadOnlyList<string>> Expired(CancellationToken ct) => [.. (await Query("where expires_at < $1", [time.GetUtcNow().UtcDateTime], ct)).Select(job => job.Id)];

    public async Task<bool> AddFile(string id, BulkFile file, string position, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await using var move = new NpgsqlCommand("update fhir.bulk_job set position = $2, done = done + $3 where id = $1 and state = 'running'", connection, transaction);
        Add(move, id, position, file.Count);
        if (await move.ExecuteNonQueryAsync(ct) == 0) return false;
        if (file.Count > 0)
        {
            await using var insert = new NpgsqlCommand("insert into fhir.bulk_file (job, number, kind, type, after_id, to_id, count) values ($1, $2, $3, $4, $5, $6, $7)", connection, transaction);
            Add(insert, id, file.Number, file.Kind, file.Type, file.AfterId, file.ToId, file.Count);
            await insert.ExecuteNonQueryAsync(ct);
        }

        await transaction.CommitAsync(ct);
        return true;
    }

    public async Task<List<BulkFile>> Files(string id, CancellationToken ct)
    {
        await using var command = database.CreateCommand("select number, kind, type, after_id, to_id, count from fhir.bulk_file where job = $1 order by number");
        Add(command, id);
        await using var reader = await command.ExecuteReaderAsync(ct);
        List<BulkFile> files = [];
        while (await reader.ReadAsync(ct)) files.Add(new BulkFile(reader.GetInt32(0), reader.GetString(1), reader.GetString(2), reader.GetString(3), reader.GetString(4), reader.GetInt64(5)));
        return files;
    }

    /// <summary>Notes what a block of an import came to: its errors and where to go on, together.</summary>
    public async Task<bool> SaveBlock(string id, string position, long done, IReadOnlyList<(int Input, long Line, byte[] Issue)> errors, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await using var move = new NpgsqlCommand("update fhir.bulk_job set position = $2, done = done + $3, failed = failed + $4 where id = $1 and state = 'running'", connection, transaction);
        Add(move, id, position, done, (long)errors.Count);
        if (await move.ExecuteNonQueryAsync(ct) == 0) return false;
        if (errors.Count > 0)
        {
            await using var insert = new NpgsqlCommand("insert into fhir.bulk_error (job, input, line, issue) select $1, * from unnest($2::int[], $3::bigint[], $4::bytea[]) on conflict do nothing", connection, transaction);
            Add(insert, id, errors.Select(error => error.Input).ToArray(), errors.Select(error => error.Line).ToArray(), errors.Select(error => Seal(id, error.Issue)).ToArray());
            await insert.ExecuteNonQueryAsync(ct);
        }

        await transaction.CommitAsync(ct);
        return true;
    }

    /// <summary>Refused lines after a place, in order.</summary>
    public async Task<List<(int Input, long Line, byte[] Issue)>> Errors(string id, int input, long line, int limit, CancellationToken ct)
    {
        await using var command = database.CreateCommand("select input, line, issue from fhir.bulk_error where job = $1 and (input, line) > ($2, $3) order by input, line limit $4");
        Add(command, id, input, line, limit);
        await using var reader = await command.ExecuteReaderAsync(ct);
        List<(int, long, byte[])> errors = [];
        while (await reader.ReadAsync(ct)) errors.Add((reader.GetInt32(0), reader.GetInt64(1), keyring.Node.Open(reader.GetFieldValue<byte[]>(2), Place(id))));
        return errors;
    }

    private async Task<List<BulkJob>> Query(string where, object[] parameters, CancellationToken ct)
    {
        await using var command = database.CreateCommand($"select {Columns} from fhir.bulk_job {where}");
        Add(command, parameters);
        await using var reader = await command.ExecuteReaderAsync(ct);
        List<BulkJob> jobs = [];
        while (await reader.ReadAsync(ct))
        {
            var id = reader.GetString(0);
            var request = JsonSerializer.Deserialize<BulkRequest>(keyring.Node.Open(reader.GetFieldValue<byte[]>(4), Place(id)))!;
            jobs.Add(new BulkJob(id, reader.GetString(1), reader.GetString(2), reader.GetString(3), request, reader.GetInt64(5), reader.GetFieldValue<DateTimeOffset>(6))
            {
                FinishedAt = reader.IsDBNull(7) ? null : reader.GetFieldValue<DateTimeOffset>(7),
                ExpiresAt = reader.IsDBNull(8) ? null : reader.GetFieldValue<DateTimeOffset>(8),
                Position = reader.GetString(9),
                Done = reader.GetInt64(10),
                Failed = reader.GetInt64(11),
                Fault = reader.IsDBNull(12) ? null : reader.GetString(12),
            });
        }

        return jobs;
    }

    private async Task<bool> Execute(string sql, object[] parameters, CancellationToken ct)
    {
        await using var command = database.CreateCommand(sql);
        Add(command, parameters);
        return await command.ExecuteNonQueryAsync(ct) > 0;
    }

    private byte[] Seal(string id, ReadOnlySpan<byte> plain) => keyring.Node.Seal(plain, Place(id));

    private static byte[] Place(string id) => Encoding.UTF8.GetBytes($"fhir.bulk_job|{id}");

    private static void Add(NpgsqlCommand command, params object[] values)
    {
        foreach (var value in values) command.Parameters.Add(new NpgsqlParameter { Value = value });
    }
}
