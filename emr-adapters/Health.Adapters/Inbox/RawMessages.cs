using Health.Contracts;
using Npgsql;

namespace Health.Adapters.Inbox;

/// <summary>Opens stored messages for those who may read them; the caller audits.</summary>
internal sealed class RawMessages(NpgsqlDataSource database, IKeyring keyring) : IRawMessages
{
    public async ValueTask<RawMessage?> Open(string messageId, CancellationToken ct)
    {
        await using var command = database.CreateCommand(
            """
            select institution_code, resident_id, received_at, charset, sealed_body, key_id, wrapped_by, wrapped_key,
                array(select resident_id from adapters.message_resident as other where other.message_id = inbox.message_id)
            from adapters.inbox where message_id = $1
            """);
        command.Parameters.Add(new() { Value = messageId });
        await using var reader = await command.ExecuteReaderAsync(ct);
        if (!await reader.ReadAsync(ct)) return null;
        var wrapped = new WrappedKey(reader.GetString(5), reader.GetString(6), reader.GetFieldValue<byte[]>(7));
        var (institution, receivedAt, charset, body) = (reader.GetString(0), reader.GetFieldValue<DateTimeOffset>(2), reader.GetString(3), reader.GetFieldValue<byte[]>(4));
        var others = reader.GetFieldValue<string[]>(8);
        var resident = await reader.IsDBNullAsync(1, ct) ? null : reader.GetString(1);
        await reader.DisposeAsync();
        return await MessageSeal.KeyOf(keyring, wrapped, ct) is { } key
            ? new RawMessage(messageId, institution, resident, receivedAt, charset, key.Open(body, MessageSeal.BodyPlace(messageId))) { OtherResidents = others }
            : null;
    }
}
