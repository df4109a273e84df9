using Npgsql;
using NpgsqlTypes;

namespace Health.Adapters.Inbox;

/// <summary>Statements on the inbox. Rows go in by the array: one statement for a whole group.</summary>
internal static class InboxSql
{
    private const string InsertText =
        """
        insert into adapters.inbox (message_id, kind, source_id, institution_code, sending_application, sending_facility, control_id, message_type,
            trigger_event, charset, received_at, body_hash, order_key, state, sealed_body, key_id, wrapped_by, wrapped_key, sealed_ack, corrects, trace, is_logged, application_ack,
            more_order_keys)
        select message_id, kind, source_id, institution_code, sending_application, sending_facility, control_id, message_type,
            trigger_event, charset, received_at, body_hash, order_key, case kind when 'reuse' then 'quarantined' else 'received' end,
            sealed_body, key_id, wrapped_by, wrapped_key, sealed_ack, corrects, trace, kind <> 'original', application_ack,
            string_to_array(more_order_keys, ',')::uuid[]
        from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22) with ordinality
            as row (message_id, kind, source_id, institution_code, sending_application, sending_facility, control_id, message_type, trigger_event, charset,
                received_at, body_hash, order_key, sealed_body, key_id, wrapped_by, wrapped_key, sealed_ack, corrects, trace, application_ack, more_order_keys, nr)
        order by nr
        on conflict do nothing
        returning message_id
        """;

    /// <summary>Positions are drawn in commit order, without the turn of the event log. Held to the end of the transaction.</summary>
    private const string TakeInboxTurn = "select pg_advisory_xact_lock(5107000002)";

    /// <summary>Inserts what is new and returns its ids; what is there already, or comes twice in the group, is left as it is.</summary>
    public static async Task<HashSet<string>> Insert(NpgsqlConnection connection, IReadOnlyList<InboxEntry> entries, CancellationToken ct)
    {
        await using var batch = new NpgsqlBatch(connection) { BatchCommands = { InsertOf(entries) } };
        return await Inserted(batch, entries.Count, ct);
    }

    /// <summary>The same as a transaction of its own, one round trip: durable when it returns.</summary>
    public static async Task<HashSet<string>> InsertInTurn(NpgsqlConnection connection, IReadOnlyList<InboxEntry> entries, CancellationToken ct)
    {
        await using var batch = new NpgsqlBatch(connection) { BatchCommands = { new NpgsqlBatchCommand(TakeInboxTurn), InsertOf(entries) } };
        return await Inserted(batch, entries.Count, ct);
    }

    private static async Task<HashSet<string>> Inserted(NpgsqlBatch batch, int most, CancellationToken ct)
    {
        var inserted = new HashSet<string>(most, StringComparer.Ordinal);
        await using var reader = await batch.ExecuteReaderAsync(ct);
        if (batch.BatchCommands.Count > 1) await reader.NextResultAsync(ct);
        while (await reader.ReadAsync(ct)) inserted.Add(reader.GetString(0));
        // To the end: the answer to the commit comes last.
        await reader.NextResultAsync(ct);
        return inserted;
    }

    private static NpgsqlBatchCommand InsertOf(IReadOnlyList<InboxEntry> entries)
    {
        var command = new NpgsqlBatchCommand(InsertText);
        void Texts(Func<InboxEntry, string?> column) => command.Parameters.Add(Column(entries, column, NpgsqlDbType.Text));
        void Bytes(Func<InboxEntry, byte[]?> column) => command.Parameters.Add(Column(entries, column, NpgsqlDbType.Bytea));
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
        command.Parameters.Add(Column(entries, e => e.ReceivedAt.UtcDateTime, NpgsqlDbType.TimestampTz));
        Bytes(e => e.BodyHash);
        command.Parameters.Add(Column(entries, e => e.OrderKey, NpgsqlDbType.Uuid));
        Bytes(e => e.SealedBody);
        Texts(e => e.Key.KeyId);
        Texts(e => e.Key.WrappedBy);
        Bytes(e => e.Key.Bytes);
        Bytes(e => e.SealedAck);
        Texts(e => e.Corrects);
        Texts(e => e.Trace);
        Texts(e => e.ApplicationAck);
        Texts(e => e.MoreOrderKeys.Count == 0 ? null : string.Join(',', e.MoreOrderKeys));
        return command;
    }

    /// <summary>One column of many rows, as the array an <c>unnest</c> takes.</summary>
    public static NpgsqlParameter Column<TRow, TValue>(IReadOnlyList<TRow> rows, Func<TRow, TValue> column, NpgsqlDbType type)
    {
        var values = new TValue[rows.Count];
        for (var i = 0; i < values.Length; i++) values[i] = column(rows[i]);
        return new NpgsqlParameter { Value = values, NpgsqlDbType = NpgsqlDbType.Array | type };
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
