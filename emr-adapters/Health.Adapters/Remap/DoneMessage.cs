using Health.Adapters.Inbox;
using Health.Contracts;
using Npgsql;

namespace Health.Adapters.Remap;

/// <summary>A message that is a record, with what it wrote.</summary>
internal sealed record DoneMessage(ClaimedMessage Message, long Position, Guid OrderKey, string? ResidentId, string[] Resources)
{
    private const string Columns =
        """
        message_id, kind, source_id, institution_code, message_type || '^' || trigger_event, received_at, sealed_body, key_id, wrapped_by, wrapped_key, attempts, corrects, trace,
            body_hash, is_logged, position, order_key, resident_id, resources
        """;

    private const string Which = "state = 'done' and position > $1 and received_at >= $2 and ($3::text is null or source_id = $3) and ($4::text is null or message_type || '^' || trigger_event = $4) and mapper_version is distinct from $5";

    public static async Task<List<DoneMessage>> Page(NpgsqlDataSource database, RemapRequest request, string version, CancellationToken ct)
    {
        await using var command = Command(database, $"select {Columns} from adapters.inbox where {Which} order by position limit $6", request, version);
        command.Parameters.Add(new() { Value = request.Count });
        return await Read(command, ct);
    }

    public static async Task<long> Count(NpgsqlDataSource database, RemapRequest request, string version, CancellationToken ct)
    {
        await using var command = Command(database, $"select count(*) from adapters.inbox where {Which}", request, version);
        return (long)(await command.ExecuteScalarAsync(ct))!;
    }

    /// <summary>All records of one patient, in arrival order.</summary>
    public static async Task<List<DoneMessage>> InOrder(NpgsqlDataSource database, Guid orderKey, CancellationToken ct)
    {
        await using var command = database.CreateCommand($"select {Columns} from adapters.inbox where state = 'done' and order_key = $1 order by position");
        command.Parameters.Add(new() { Value = orderKey });
        return await Read(command, ct);
    }

    private static NpgsqlCommand Command(NpgsqlDataSource database, string sql, RemapRequest request, string version)
    {
        var command = database.CreateCommand(sql);
        foreach (var value in new object[] { request.After, request.Since.UtcDateTime, (object?)request.Source ?? DBNull.Value, (object?)request.Type ?? DBNull.Value, version })
            command.Parameters.Add(new() { Value = value });
        return command;
    }

    private static async Task<List<DoneMessage>> Read(NpgsqlCommand command, CancellationToken ct)
    {
        List<DoneMessage> found = [];
        await using var reader = await command.ExecuteReaderAsync(ct);
        string? Text(int column) => reader.IsDBNull(column) ? null : reader.GetString(column);
        while (await reader.ReadAsync(ct))
        {
            var message = new ClaimedMessage(
                reader.GetString(0), reader.GetString(1), reader.GetString(2), reader.GetString(3), reader.GetString(4), reader.GetFieldValue<DateTimeOffset>(5),
                reader.GetFieldValue<byte[]>(6), new WrappedKey(reader.GetString(7), reader.GetString(8), reader.GetFieldValue<byte[]>(9)), reader.GetInt32(10),
                Text(11), Text(12), reader.GetFieldValue<byte[]>(13), reader.GetBoolean(14));
            found.Add(new DoneMessage(message, reader.GetInt64(15), reader.GetGuid(16), Text(17), reader.GetFieldValue<string[]>(18)));
        }

        return found;
    }
}
