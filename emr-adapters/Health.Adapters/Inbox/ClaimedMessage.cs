using Health.Contracts;
using Npgsql;

namespace Health.Adapters.Inbox;

/// <summary>A row of the inbox that a worker holds locked while it processes it.</summary>
internal sealed record ClaimedMessage(
    string MessageId, string Kind, string SourceId, string InstitutionCode, string Type, DateTimeOffset ReceivedAt, byte[] SealedBody, WrappedKey Key, int Attempts,
    string? Corrects, string? Trace, byte[] BodyHash, bool IsLogged)
{
    /// <summary>The fact of its receipt, for the event log.</summary>
    public MessageReceived Receipt => new(MessageId, SourceId, InstitutionCode, Type, Convert.ToHexStringLower(BodyHash), Key.KeyId, Kind, ReceivedAt);

    /// <summary>
    /// Oldest first, one per order key: a row is not taken while an earlier one of its key is unfinished, whoever holds that. The lock ends with
    /// the transaction, so a worker that dies gives its rows back at once.
    /// </summary>
    private const string ClaimText =
        """
        select message_id, kind, source_id, institution_code, message_type || '^' || trigger_event, received_at, sealed_body, key_id, wrapped_by, wrapped_key, attempts, corrects, trace,
            body_hash, is_logged
        from adapters.inbox as mine
        where state = 'received' and (attempts > 0) = $3 and (next_attempt_at is null or next_attempt_at <= $1)
            and not exists (select from adapters.inbox as earlier where earlier.order_key = mine.order_key and earlier.state = 'received' and earlier.position < mine.position)
        order by position
        limit $2
        for update skip locked
        """;

    /// <param name="isRetry">Rows that were tried before, or only fresh ones.</param>
    public static async Task<List<ClaimedMessage>> Claim(NpgsqlConnection connection, DateTimeOffset now, int most, bool isRetry, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(ClaimText, connection)
        {
            Parameters = { new() { Value = now.UtcDateTime }, new() { Value = most }, new() { Value = isRetry } },
        };
        List<ClaimedMessage> claimed = [];
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            claimed.Add(new ClaimedMessage(
                reader.GetString(0), reader.GetString(1), reader.GetString(2), reader.GetString(3), reader.GetString(4), reader.GetFieldValue<DateTimeOffset>(5),
                reader.GetFieldValue<byte[]>(6), new WrappedKey(reader.GetString(7), reader.GetString(8), reader.GetFieldValue<byte[]>(9)), reader.GetInt32(10),
                await reader.IsDBNullAsync(11, ct) ? null : reader.GetString(11), await reader.IsDBNullAsync(12, ct) ? null : reader.GetString(12),
                reader.GetFieldValue<byte[]>(13), reader.GetBoolean(14)));
        }

        return claimed;
    }
}
