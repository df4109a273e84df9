using Npgsql;
using NpgsqlTypes;

namespace Health.Adapters.Inbox;

/// <summary>Statements on the inbox. Rows go in by the array: one statement for a whole group.</summary>
internal static class InboxSql
{
    private const string InsertText =
        """
        insert into adapters.inbox (message_id, kind, source_id, institution_code, sending_application, sending_facility, control_id, message_type,
            trigger_event, charset, received_at, body_hash, order_key, state, sealed_body, key_id, wrapped_by, wrapped_key, sealed_ack, corrects, trace)
        select message_id, kind, source_id, institution_code, sending_application, sending_facility, control_id, message_type,
            trigger_event, charset, received_at, body_hash, order_key, case kind when 'reuse' then 'quarantined' else 'received' end,
            sealed_body, key_id, wrapped_by, wrapped_key, sealed_ack, corrects, trace
        from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20) with ordinality
            as row (message_id, kind, source_id, institution_code, sending_application, sending_facility, control_id, message_type, trigger_event, charset,
                received_at, body_hash, order_key, sealed_body, key_id, wrapped_by, wrapped_key, sealed_ack, corrects, trace, nr)
        order by nr
        on conflict do nothing
        returning message_id
        """;

    /// <summary>Inserts what is new and returns its ids; what is there already, or comes twice in the group, is left as it is.</summary>
    public static async Task<HashSet<string>> Insert(NpgsqlConnection connection, IReadOnlyList<InboxEntry> entries, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(InsertText, connection);
        void Texts(Func<InboxEntry, string?> column) => command.Parameters.Add(new() { Value = entries.Select(column).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text });
        void Bytes(Func<InboxEntry, byte[]?> column) => command.Parameters.Add(new() { Value = entries.Select(column).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bytea });
        Texts(e => e.MessageId);
        Texts(e => e.Kind);
        Texts(e => e.SourceId);
        Texts(e => e.InstitutionCode);
        Texts(e => e.SendingApplication);
        Texts(e => e.SendingFacility);
        Texts(e => e.ControlId);
        Texts(e => e.MessageType);
        Texts(e => e.TriggerEvent);
        Texts(e => e.Charset);
        command.Parameters.Add(new() { Value = entries.Select(e => e.ReceivedAt.UtcDateTime).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz });
        Bytes(e => e.BodyHash);
        command.Parameters.Add(new() { Value = entries.Select(e => e.OrderKey).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Uuid });
        Bytes(e => e.SealedBody);
        Texts(e => e.Key.KeyId);
        Texts(e => e.Key.WrappedBy);
        Bytes(e => e.Key.Bytes);
        Bytes(e => e.SealedAck);
        Texts(e => e.Corrects);
        Texts(e => e.Trace);
        var inserted = new HashSet<string>(StringComparer.Ordinal);
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct)) inserted.Add(reader.GetString(0));
        return inserted;
    }

    /// <summary>Hash and sealed answer of stored messages.</summary>
    public static async Task<Dictionary<string, (byte[] BodyHash, byte[]? SealedAck)>> Answers(NpgsqlConnection connection, IEnumerable<string> messageIds, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("select message_id, body_hash, sealed_ack from adapters.inbox where message_id = any($1)", connection)
        {
            Parameters = { new() { Value = messageIds.ToArray() } },
        };
        var found = new Dictionary<string, (byte[], byte[]?)>(StringComparer.Ordinal);
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
            found[reader.GetString(0)] = (reader.GetFieldValue<byte[]>(1), await reader.IsDBNullAsync(2, ct) ? null : reader.GetFieldValue<byte[]>(2));
        return found;
    }

    public static async Task<int> Execute(NpgsqlConnection connection, string sql, CancellationToken ct, params object?[] parameters)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        foreach (var value in parameters) command.Parameters.Add(new NpgsqlParameter { Value = value ?? DBNull.Value });
        return await command.ExecuteNonQueryAsync(ct);
    }
}
