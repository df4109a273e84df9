using Npgsql;

namespace Health.Adapters.Listening;

/// <summary>A message and the resources it became; nothing here names a person.</summary>
/// <param name="Position">Place in arrival order, for paging.</param>
/// <param name="Resources">Versioned references.</param>
public sealed record ListedMessage(long Position, string MessageId, string Source, string Type, string ControlId, string State, string[] Resources);

/// <param name="Next">Pass as <c>after</c> for the next page; null on the last one.</param>
public sealed record MessagePage(IReadOnlyList<ListedMessage> Items, long? Next);

/// <summary>All messages in arrival order, for whoever compares what was sent with what became of it.</summary>
internal sealed class MessageList(NpgsqlDataSource database)
{
    public const int PageMost = 1000;

    public async Task<MessagePage> Page(long after, int count, CancellationToken ct)
    {
        await using var command = database.CreateCommand(
            """
            select position, message_id, source_id, message_type || '^' || trigger_event, control_id, state, resources
            from adapters.inbox where position > $1 order by position limit $2
            """);
        command.Parameters.Add(new() { Value = after });
        command.Parameters.Add(new() { Value = count + 1 });
        List<ListedMessage> items = [];
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            items.Add(new ListedMessage(
                reader.GetInt64(0), reader.GetString(1), reader.GetString(2), reader.GetString(3), reader.GetString(4), reader.GetString(5), reader.GetFieldValue<string[]>(6)));
        }

        return items.Count > count ? new MessagePage(items[..count], items[count - 1].Position) : new MessagePage(items, null);
    }
}
