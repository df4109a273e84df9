using Npgsql;

namespace Health.Adapters.Outbound;

/// <summary>One destination at a glance; nothing here names a person.</summary>
/// <param name="InFlight">Sent and not answered yet.</param>
/// <param name="Oldest">When the first that waits was queued.</param>
/// <param name="SilentSince">Since when the first that waits is sent without an answer.</param>
/// <param name="LastReason">Why the first that waits was not accepted the last time.</param>
/// <param name="IsStopped">A dead letter holds up those behind it.</param>
/// <param name="Lag">
/// How far the stored place is behind the event log, in sequences; what concerns the destination not is written down every thousand only. Null
/// before the first look.
/// </param>
public sealed record DestinationStatus(
    string Destination, string Institution, string Address, long Waiting, long InFlight, DateTimeOffset? Oldest, DateTimeOffset? SilentSince, string? LastReason,
    long DeadLetters, bool IsStopped, long DeliveredInADay, DateTimeOffset? LastDelivered, long? Lag);

/// <summary>One message of the queue; nothing here names a person.</summary>
/// <param name="PassedBy">
/// For a dead letter: how many later messages of the same resident were delivered since. Above 0 a retry tells something older after something
/// newer.
/// </param>
public sealed record OutboundItem(
    long Position, string MessageId, string Destination, long Sequence, string Type, string ControlId, string Resource, long Version, string State,
    DateTimeOffset QueuedAt, int Attempts, int Errors, DateTimeOffset? InFlightSince, DateTimeOffset? NextAttempt, string? LastCode, string? LastReason, DateTimeOffset? SettledAt, string? SettledBy, long PassedBy)
{
    /// <summary>A dead letter that has no bytes yet.</summary>
    internal bool IsUnwritten => Type == "?^?";
}

/// <param name="Next">Pass as <c>after</c> for the next page; null on the last one.</param>
public sealed record OutboundPage(IReadOnlyList<OutboundItem> Items, long? Next);

/// <summary>The queue as operators see it.</summary>
internal sealed class OutboundQueue(NpgsqlDataSource database, DestinationRegistry destinations, TimeProvider time)
{
    public const int PageMost = 200;

    private const string Columns =
        """
        position, message_id, destination_id, sequence, message_type || '^' || trigger_event, control_id, resource, version, state, queued_at,
            attempts, errors, in_flight_since, next_attempt_at,
            last_code, last_reason, settled_at, settled_by,
            case when state = 'dead' and resident_id is not null then
                (select count(*) from adapters.outbox later where later.resident_id = outbox.resident_id and later.destination_id = outbox.destination_id
                    and later.position > outbox.position and later.state = 'delivered') else 0 end
        """;

    public async Task<IReadOnlyList<DestinationStatus>> Status(CancellationToken ct)
    {
        await using var command = database.CreateCommand(
            """
            select d.id, waiting.number, waiting.in_flight, waiting.oldest, waiting.silent_since, waiting.reason,
                (select count(*) from adapters.outbox o where o.destination_id = d.id and o.state = 'dead'),
                (select count(*) from adapters.outbox o where o.destination_id = d.id and o.state = 'delivered' and o.settled_at > $2),
                (select max(o.settled_at) from adapters.outbox o where o.destination_id = d.id and o.state = 'delivered'),
                (select coalesce(max(seq_id), 0) from events.mt_events) - (select sequence from adapters.outbound_cursor c where c.destination_id = d.id)
            from unnest($1::text[]) d(id) cross join lateral (
                select count(*) as number, count(*) filter (where o.in_flight_since is not null) as in_flight, min(o.queued_at) as oldest, min(o.silent_since) as silent_since,
                    (array_agg(coalesce(o.last_reason, o.last_code) order by o.position))[1] as reason
                from adapters.outbox o where o.destination_id = d.id and o.state = 'waiting') waiting
            order by d.id
            """);
        command.Parameters.Add(new() { Value = destinations.All.Select(one => one.Id).ToArray() });
        command.Parameters.Add(new() { Value = (time.GetUtcNow() - TimeSpan.FromDays(1)).UtcDateTime });
        List<DestinationStatus> status = [];
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            var profile = destinations.ById(reader.GetString(0))!;
            var dead = reader.GetInt64(6);
            status.Add(new DestinationStatus(
                profile.Id, profile.InstitutionCode, profile.Address, reader.GetInt64(1), reader.GetInt64(2), Time(reader, 3),
                Time(reader, 4), Text(reader, 5), dead, dead > 0 && profile.Stops, reader.GetInt64(7), Time(reader, 8), reader.IsDBNull(9) ? null : reader.GetInt64(9)));
        }

        return status;
    }

    /// <param name="state">waiting, delivered, dead, discarded or erased; null: waiting and dead, what a person may have to look at.</param>
    public async Task<OutboundPage> Page(string? destinationId, string? state, long after, int count, CancellationToken ct)
    {
        await using var command = database.CreateCommand(
            $"""
            select {Columns} from adapters.outbox
            where ($1::text is null or destination_id = $1) and (state = $2 or $2::text is null and state in ('waiting', 'dead')) and position > $3
            order by position limit $4
            """);
        foreach (object? value in new object?[] { destinationId, state, after, count + 1 }) command.Parameters.Add(new NpgsqlParameter { Value = value ?? DBNull.Value });
        List<OutboundItem> items = [];
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct)) items.Add(Item(reader));
        return items.Count > count ? new OutboundPage(items[..count], items[count - 1].Position) : new OutboundPage(items, null);
    }

    public async Task<OutboundItem?> Find(string messageId, CancellationToken ct)
    {
        await using var command = database.CreateCommand($"select {Columns} from adapters.outbox where message_id = $1");
        command.Parameters.Add(new() { Value = messageId });
        await using var reader = await command.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct) ? Item(reader) : null;
    }

    private static OutboundItem Item(NpgsqlDataReader reader) => new(
        reader.GetInt64(0), reader.GetString(1), reader.GetString(2), reader.GetInt64(3), reader.GetString(4), reader.GetString(5), reader.GetString(6), reader.GetInt64(7),
        reader.GetString(8),
        reader.GetFieldValue<DateTimeOffset>(9), reader.GetInt32(10), reader.GetInt32(11), Time(reader, 12), Time(reader, 13), Text(reader, 14), Text(reader, 15),
        Time(reader, 16), Text(reader, 17), reader.GetInt64(18));

    private static DateTimeOffset? Time(NpgsqlDataReader reader, int column) =>
        reader.IsDBNull(column) ? null : reader.GetFieldValue<DateTimeOffset>(column);

    private static string? Text(NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetString(column);
}
