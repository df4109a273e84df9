using Npgsql;

namespace Health.Fhir.Records;

/// <summary>
/// The highest sequence that is visible. Appends take turns (<see cref="Contracts.EventLog"/>), so everything at or below it is committed
/// and nothing will appear there later: what an as-of read or a page token may carry.
/// </summary>
public sealed class Horizon(NpgsqlDataSource database)
{
    public async ValueTask<long> Current(CancellationToken ct)
    {
        await using var command = database.CreateCommand("select coalesce(max(seq_id), 0) from events.mt_events");
        return (long)(await command.ExecuteScalarAsync(ct))!;
    }
}
