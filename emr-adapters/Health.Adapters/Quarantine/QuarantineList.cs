using Npgsql;

namespace Health.Adapters.Quarantine;

/// <summary>A message that waits for a person; nothing here names one.</summary>
/// <param name="Position">Place in arrival order, for paging.</param>
/// <param name="Corrects">The message this one was meant to correct.</param>
public sealed record QuarantinedMessage(
    long Position, string MessageId, string Kind, string Source, string Institution, string Type, string ControlId, DateTimeOffset ReceivedAt, DateTimeOffset QuarantinedAt,
    string ErrCode, string Path, string? Corrects);

/// <param name="Next">Pass as <c>after</c> for the next page; null on the last one.</param>
public sealed record QuarantinePage(IReadOnlyList<QuarantinedMessage> Items, long? Next);

/// <summary>The list of what waits, oldest first. A message with a correction under way is not in it.</summary>
internal sealed class QuarantineList(NpgsqlDataSource database)
{
    public const int PageMost = 200;

    public async Task<QuarantinePage> Page(long after, int count, CancellationToken ct)
    {
        await using var command = database.CreateCommand(
            """
            select position, message_id, kind, source_id, institution_code, message_type || '^' || trigger_event, control_id, received_at, quarantined_at, err_code, path, corrects
            from adapters.inbox join adapters.quarantine using (message_id)
            where state = 'quarantined' and corrected_by is null and position > $1
            order by position limit $2
            """);
        command.Parameters.Add(new() { Value = after });
        command.Parameters.Add(new() { Value = count + 1 });
        List<QuarantinedMessage> items = [];
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            items.Add(new QuarantinedMessage(
                reader.GetInt64(0), reader.GetString(1), reader.GetString(2), reader.GetString(3), reader.GetString(4), reader.GetString(5), reader.GetString(6),
                reader.GetFieldValue<DateTimeOffset>(7), reader.GetFieldValue<DateTimeOffset>(8), reader.GetString(9), reader.GetString(10),
                await reader.IsDBNullAsync(11, ct) ? null : reader.GetString(11)));
        }

        return items.Count > count ? new QuarantinePage(items[..count], items[count - 1].Position) : new QuarantinePage(items, null);
    }
}
