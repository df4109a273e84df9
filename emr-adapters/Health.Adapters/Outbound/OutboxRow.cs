using Health.Adapters.Inbox;
using Health.Contracts;
using Npgsql;
using NpgsqlTypes;

namespace Health.Adapters.Outbound;

/// <summary>
/// A message for a destination on its way into the outbox. <paramref name="Body"/> is null when it could not be written: then it is a dead letter
/// from the start.
/// </summary>
internal sealed record OutboxRow(
    string MessageId, string DestinationId, long Sequence, string Resource, long Version, string? ResidentId, string Type, string Trigger, string ControlId, string Told,
    IReadOnlyList<string> Parts, DateTimeOffset QueuedAt, SealedMessage? Body, string? Reason)
{
    public NpgsqlBatchCommand Insert()
    {
        var command = new NpgsqlBatchCommand(
            """
            insert into adapters.outbox (message_id, destination_id, sequence, resource, version, resident_id, message_type, trigger_event, control_id,
                told, parts, queued_at, state, last_reason, settled_at, sealed_body, key_id, wrapped_by, wrapped_key)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, case when $14::bytea is null then 'dead' else 'waiting' end, $13,
                case when $14::bytea is null then $12 end, $14, $15, $16, $17)
            on conflict (destination_id, sequence) do nothing
            """);
        void Add(object? value, NpgsqlDbType type) => command.Parameters.Add(new NpgsqlParameter { Value = value ?? DBNull.Value, NpgsqlDbType = type });
        foreach (var text in new[] { MessageId, DestinationId }) Add(text, NpgsqlDbType.Text);
        Add(Sequence, NpgsqlDbType.Bigint);
        Add(Resource, NpgsqlDbType.Text);
        Add(Version, NpgsqlDbType.Bigint);
        foreach (var text in new[] { ResidentId, Type, Trigger, ControlId, Told }) Add(text, NpgsqlDbType.Text);
        Add(Parts.ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Text);
        Add(QueuedAt.UtcDateTime, NpgsqlDbType.TimestampTz);
        Add(Reason, NpgsqlDbType.Text);
        Add(Body?.Bytes, NpgsqlDbType.Bytea);
        Add(Body?.Key.KeyId, NpgsqlDbType.Text);
        Add(Body?.Key.WrappedBy, NpgsqlDbType.Text);
        Add(Body?.Key.Bytes, NpgsqlDbType.Bytea);
        return command;
    }
}

/// <summary>A message sealed under a key of its own, which the key of its resident wraps (the node's where nobody is known).</summary>
internal sealed record SealedMessage(byte[] Bytes, WrappedKey Key)
{
    public static async Task<SealedMessage> Of(IKeyring keyring, string messageId, string? residentId, byte[] body, CancellationToken ct)
    {
        var wrapping = residentId is null ? keyring.Node : await keyring.ForResident(residentId, ct);
        var wrapped = keyring.NewWrapped(wrapping);
        return new SealedMessage(keyring.Unwrap(wrapped, wrapping).Seal(body, MessageSeal.BodyPlace(messageId)), wrapped);
    }

    /// <summary>Null when the key was destroyed.</summary>
    public async Task<byte[]?> Open(IKeyring keyring, string messageId, CancellationToken ct) =>
        await MessageSeal.KeyOf(keyring, Key, ct) is { } key ? key.Open(Bytes, MessageSeal.BodyPlace(messageId)) : null;
}
