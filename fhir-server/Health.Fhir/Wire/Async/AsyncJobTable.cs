using Npgsql;

namespace Health.Fhir.Wire.Async;

/// <param name="State">queued, running, done, failed (interrupted by a stop of the node), cancelled.</param>
/// <param name="Writes">A failed one may have written: whether it did is not known.</param>
/// <param name="Result">Sealed Bundle of a done job.</param>
internal sealed record AsyncJob(Guid Id, string Owner, string Interaction, string State, bool Writes, DateTimeOffset Begun, DateTimeOffset? Ended, string? KeyId, byte[]? Result);

/// <summary>The jobs as rows, so that their state outlives the process.</summary>
internal sealed class AsyncJobTable(NpgsqlDataSource database, TimeProvider time)
{
    public Task Add(AsyncJob job, string node, CancellationToken ct) => Run(
        "insert into fhir.async_job (id, node, owner, interaction, state, writes, begun) values ($1, $2, $3, $4, 'queued', $5, $6)", ct, job.Id, node, job.Owner, job.Interaction, job.Writes, job.Begun.UtcDateTime);

    public async Task<AsyncJob?> Find(Guid id, string owner, CancellationToken ct)
    {
        await using var command = Command("select interaction, state, writes, begun, ended, key_id, result from fhir.async_job where id = $1 and owner = $2 and state <> 'cancelled'", id, owner);
        await using var reader = await command.ExecuteReaderAsync(ct);
        if (!await reader.ReadAsync(ct)) return null;
        return new AsyncJob(id, owner, reader.GetString(0), reader.GetString(1), reader.GetBoolean(2), reader.GetFieldValue<DateTimeOffset>(3),
            reader.IsDBNull(4) ? null : reader.GetFieldValue<DateTimeOffset>(4), reader.IsDBNull(5) ? null : reader.GetString(5), reader.IsDBNull(6) ? null : reader.GetFieldValue<byte[]>(6));
    }

    public async Task<int> CountOpen(string owner, CancellationToken ct)
    {
        await using var command = Command("select count(*)::int from fhir.async_job where owner = $1 and state in ('queued', 'running')", owner);
        return (int)(await command.ExecuteScalarAsync(ct))!;
    }

    /// <returns>false when it was cancelled before it began.</returns>
    public async Task<bool> Begin(Guid id, CancellationToken ct) => await Run("update fhir.async_job set state = 'running' where id = $1 and state = 'queued'", ct, id) == 1;

    public Task Finish(Guid id, string keyId, byte[] result, CancellationToken ct) => Run(
        "update fhir.async_job set state = 'done', ended = $2, key_id = $3, result = $4 where id = $1 and state = 'running'", ct, id, time.GetUtcNow().UtcDateTime, keyId, result);

    public Task Fail(Guid id, CancellationToken ct) => Run("update fhir.async_job set state = 'failed', ended = $2 where id = $1 and state in ('queued', 'running')", ct, id, time.GetUtcNow().UtcDateTime);

    public async Task<bool> Cancel(Guid id, string owner, CancellationToken ct) => await Run(
        "update fhir.async_job set state = 'cancelled', ended = $3, result = null where id = $1 and owner = $2 and state <> 'cancelled'", ct, id, owner, time.GetUtcNow().UtcDateTime) == 1;

    /// <summary>What this node left open when it stopped is told failed; what is older than its time is forgotten.</summary>
    public async Task Recover(string node, CancellationToken ct) =>
        await Run("update fhir.async_job set state = 'failed', ended = $2 where node = $1 and state in ('queued', 'running')", ct, node, time.GetUtcNow().UtcDateTime);

    public async Task Forget(TimeSpan after, CancellationToken ct) => await Run("delete from fhir.async_job where ended < $1", ct, (time.GetUtcNow() - after).UtcDateTime);

    private async Task<int> Run(string sql, CancellationToken ct, params object[] values)
    {
        await using var command = Command(sql, values);
        return await command.ExecuteNonQueryAsync(ct);
    }

    private NpgsqlCommand Command(string sql, params object[] values)
    {
        var command = database.CreateCommand(sql);
        foreach (var value in values) command.Parameters.Add(new NpgsqlParameter { Value = value });
        return command;
    }
}
