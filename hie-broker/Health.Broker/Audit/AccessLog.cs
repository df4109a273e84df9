using Health.Contracts;
using Npgsql;

namespace Health.Broker.Audit;

/// <summary>Facts of one resident, newest first; sealed details stay sealed.</summary>
internal sealed class AccessLog(NpgsqlDataSource database) : IAccessLog
{
    private const int Most = 10_000;

    public async ValueTask<IReadOnlyList<AccessEntry>> OfResident(string residentId, int limit, CancellationToken ct)
    {
        await using var command = database.CreateCommand(
            """
            select l.idx, f.body from audit.fact f left join audit.log l on l.fact_id = f.fact_id
            where f.resident = $1 order by f.at desc, f.fact_id limit $2
            """);
        command.Parameters.Add(new NpgsqlParameter { Value = residentId });
        command.Parameters.Add(new NpgsqlParameter { Value = Math.Clamp(limit, 0, Most) });
        var entries = new List<AccessEntry>();
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
            entries.Add(new AccessEntry(reader.IsDBNull(0) ? null : reader.GetInt64(0), FactRow.Decode(reader.GetFieldValue<byte[]>(1)).Fact));
        return entries;
    }
}
