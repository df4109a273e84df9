using Health.Contracts;
using Npgsql;

namespace Health.Fhir.Bulk;

/// <summary>
/// One fact for each export and resident, so that each finds in the own access log who took the record along. It is durable before a file that holds
/// anything of the resident can be fetched; a job that goes on after an interruption repeats none.
/// </summary>
public sealed class ExportAudit(NpgsqlDataSource database, IAuditTrail audit, TimeProvider time)
{
    // A job that was cancelled meanwhile gives no rows; its files cannot be fetched either.
    private const string NotYetTold =
        """
        with job as (select id from fhir.bulk_job where id = $1 and state = 'running' for key share)
        insert into fhir.bulk_resident (job, resident) select job.id, r from job, unnest($2::text[]) r on conflict do nothing returning resident
        """;

    public async Task Record(BulkJob job, IEnumerable<string> residents, CancellationToken ct)
    {
        var all = residents.Distinct().ToArray();
        if (all.Length == 0) return;
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        List<AuditFact> facts = [];
        await using (var find = new NpgsqlCommand(NotYetTold, connection, transaction) { Parameters = { new() { Value = job.Id }, new() { Value = all } } })
        await using (var reader = await find.ExecuteReaderAsync(ct))
            while (await reader.ReadAsync(ct)) facts.Add(Fact(job, reader.GetString(0)));
        if (facts.Count == 0) return;
        var statement = audit.Prepare(facts);
        await using var insert = new NpgsqlCommand(statement.Text, connection, transaction);
        foreach (var value in statement.Parameters) insert.Parameters.Add(new NpgsqlParameter { Value = value });
        await insert.ExecuteNonQueryAsync(ct);
        await transaction.CommitAsync(ct);
    }

    private AuditFact Fact(BulkJob job, string resident)
    {
        var (caller, at) = (job.Request.Caller, time.GetUtcNow());
        return new AuditFact(Guid.CreateVersion7(at), at, "R", "export-record", 0, caller.Actor, caller.ClientId, caller.InstitutionCode, caller.Purpose, caller.RequestId)
        {
            Target = $"$export-status/{job.Id}",
            ResidentId = resident,
        };
    }
}
