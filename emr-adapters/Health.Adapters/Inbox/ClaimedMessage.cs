using Health.Contracts;
using Npgsql;

namespace Health.Adapters.Inbox;

/// <summary>A row of the inbox that a worker holds locked while it processes it.</summary>
internal sealed record ClaimedMessage(
    string MessageId, string Kind, string SourceId, string InstitutionCode, string Type, DateTimeOffset ReceivedAt, byte[] SealedBody, WrappedKey Key, int Attempts,
    string? Corrects, string? Trace, byte[] BodyHash, bool IsLogged, string Charset)
{
    /// <summary>What <see cref="Read"/> takes, in its order.</summary>
    public const string Columns =
        """
        message_id, kind, source_id, institution_code, message_type || '^' || trigger_event, received_at, sealed_body, key_id, wrapped_by, wrapped_key, attempts, corrects, trace,
            body_hash, is_logged, charset, stands_at
        """;

    /// <summary>The number of <see cref="Columns"/>.</summary>
    public const int ColumnCount = 17;

    /// <summary>What the message is in order with: its patients.</summary>
    public IReadOnlyList<Guid> OrderKeys { get; init; } = [];

    /// <summary>Of a message that was replayed or is a correction: the position before which nothing counts as later. Null for every other.</summary>
    public long? StandsAt { get; init; }

    /// <summary>The fact of its receipt, for the event log.</summary>
    public MessageReceived Receipt => new(MessageId, SourceId, InstitutionCode, Type, Convert.ToHexStringLower(BodyHash), Key.KeyId, Kind, ReceivedAt);

    public static ClaimedMessage Read(NpgsqlDataReader row) => new(
        row.GetString(0), row.GetString(1), row.GetString(2), row.GetString(3), row.GetString(4), row.GetFieldValue<DateTimeOffset>(5), row.GetFieldValue<byte[]>(6),
        new WrappedKey(row.GetString(7), row.GetString(8), row.GetFieldValue<byte[]>(9)), row.GetInt32(10),
        row.IsDBNull(11) ? null : row.GetString(11), row.IsDBNull(12) ? null : row.GetString(12), row.GetFieldValue<byte[]>(13), row.GetBoolean(14), row.GetString(15))
    {
        StandsAt = row.IsDBNull(16) ? null : row.GetInt64(16),
    };
}
