using Health.Adapters.Inbox;
using Npgsql;

namespace Health.Adapters.Remap;

/// <summary>A message that is a record, with what it wrote.</summary>
internal sealed record DoneMessage(ClaimedMessage Message, long Position, Guid[] OrderKeys, string? ResidentId, string[] Resources)
{
    /// <summary>Where it stands among the messages of its patients.</summary>
    public long Place => Message.StandsAt ?? Position;

    private const string Columns = $"{ClaimedMessage.Columns}, position, order_key || coalesce(more_order_keys, '{{}}') as order_keys, resident_id, resources";

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

    /// <summary>All records of these patients, in the order they were stored.</summary>
    public static async Task<List<DoneMessage>> InOrder(NpgsqlDataSource database, IReadOnlyList<Guid> orderKeys, CancellationToken ct)
    {
        await using var command = database.CreateCommand(
            $"""
            select {Columns} from adapters.inbox where state = 'done' and order_key = any($1)
            union
            select {Columns} from adapters.inbox where state = 'done' and more_order_keys is not null and more_order_keys && $1
            order by position
            """);
        command.Parameters.Add(new() { Value = orderKeys.ToArray() });
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
        const int next = ClaimedMessage.ColumnCount;
        while (await reader.ReadAsync(ct))
            found.Add(new DoneMessage(
                ClaimedMessage.Read(reader), reader.GetInt64(next), reader.GetFieldValue<Guid[]>(next + 1), await reader.IsDBNullAsync(next + 2, ct) ? null : reader.GetString(next + 2),
                reader.GetFieldValue<string[]>(next + 3)));
        return found;
    }
}
