using Npgsql;

namespace Health.Fhir.Subscriptions;

/// <param name="Sequence">Of the version the event is about.</param>
public readonly record struct SubscriptionEvent(long Number, long Sequence, DateTimeOffset At);

/// <summary>The statements on the cursors of subscriptions.</summary>
public sealed class SubscriptionTable(NpgsqlDataSource database)
{
    public async Task<List<LiveSubscription>> Load(CancellationToken ct)
    {
        await using var command = database.CreateCommand("select id, version, status, events, delivered, failures, failing_since, next_attempt, last_sent from fhir.subscription");
        await using var reader = await command.ExecuteReaderAsync(ct);
        List<LiveSubscription> found = [];
        while (await reader.ReadAsync(ct))
            found.Add(new LiveSubscription(reader.GetString(0))
            {
                Version = reader.GetInt64(1), Status = reader.GetString(2), Events = reader.GetInt64(3), Delivered = reader.GetInt64(4), Failures = reader.GetInt32(5),
                FailingSince = Time(reader, 6), NextAttempt = Time(reader, 7), LastSent = Time(reader, 8),
            });
        return found;
    }

    /// <summary>Events with numbers from <paramref name="from"/> to <paramref name="to"/>, at most <paramref name="limit"/>, in order.</summary>
    public async Task<List<SubscriptionEvent>> Events(string id, long from, long to, int limit, CancellationToken ct)
    {
        await using var command = database.CreateCommand("select number, seq, at from fhir.subscription_event where subscription = $1 and number between $2 and $3 order by number limit $4");
        command.Parameters.Add(new() { Value = id });
        command.Parameters.Add(new() { Value = from });
        command.Parameters.Add(new() { Value = to });
        command.Parameters.Add(new() { Value = limit });
        await using var reader = await command.ExecuteReaderAsync(ct);
        List<SubscriptionEvent> events = [];
        while (await reader.ReadAsync(ct)) events.Add(new SubscriptionEvent(reader.GetInt64(0), reader.GetInt64(1), reader.GetFieldValue<DateTimeOffset>(2)));
        return events;
    }

    /// <summary>Stores what the delivery learnt. A subscription that is gone stays gone.</summary>
    public async Task SaveDelivery(LiveSubscription live, CancellationToken ct)
    {
        await using var command = database.CreateCommand("update fhir.subscription set delivered = $2, failures = $3, failing_since = $4, next_attempt = $5, last_sent = $6 where id = $1");
        command.Parameters.Add(new() { Value = live.Id });
        command.Parameters.Add(new() { Value = live.Delivered });
        command.Parameters.Add(new() { Value = live.Failures });
        command.Parameters.Add(Nullable(live.FailingSince));
        command.Parameters.Add(Nullable(live.NextAttempt));
        command.Parameters.Add(Nullable(live.LastSent));
        await command.ExecuteNonQueryAsync(ct);
    }

    private static NpgsqlParameter Nullable(DateTimeOffset? time) =>
        new() { Value = time is { } at ? at.UtcDateTime : DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.TimestampTz };

    private static DateTimeOffset? Time(NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetFieldValue<DateTimeOffset>(column);
}
