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

/// <summary>Which of the messages that wait; null asks for all.</summary>
/// <param name="Source">Id of the source profile.</param>
/// <param name="Code">Code of HL7 table 0357.</param>
/// <param name="Path">Place of the first problem, or the segment it begins with: <c>PID</c> finds <c>PID-3</c>.</param>
/// <param name="Type">Type and trigger, <c>ADT^A04</c>.</param>
/// <param name="Since">Received then or later.</param>
/// <param name="Until">Received before.</param>
internal sealed record QuarantineFilter(string? Source, string? Code, string? Path, string? Type, DateTimeOffset? Since, DateTimeOffset? Until)
{
    /// <summary>Over <c>inbox</c> and <c>quarantine</c>, parameters $1 to $6.</summary>
    public const string Condition =
        """
        ($1::text is null or source_id = $1) and ($2::text is null or err_code = $2) and ($3::text is null or path = $3 or starts_with(path, $3 || '-') or starts_with(path, $3 || '['))
            and ($4::text is null or message_type || '^' || trigger_event = $4) and ($5::timestamptz is null or received_at >= $5) and ($6::timestamptz is null or received_at < $6)
        """;

    public IEnumerable<NpgsqlParameter> Parameters =>
        new object?[] { Source, Code, Path, Type, Since?.UtcDateTime, Until?.UtcDateTime }.Select(value => new NpgsqlParameter { Value = value ?? DBNull.Value });
}

/// <summary>The list of what waits, oldest first. A message with a correction under way is not in it.</summary>
internal sealed class QuarantineList(NpgsqlDataSource database)
{
    public const int PageMost = 200;

    public async Task<QuarantinePage> Page(QuarantineFilter filter, long after, int count, CancellationToken ct)
    {
        await using var command = database.CreateCommand(
            $"""
            select position, message_id, kind, source_id, institution_code, message_type || '^' || trigger_event, control_id, received_at, quarantined_at, err_code, path, corrects
            from adapters.inbox join adapters.quarantine using (message_id)
            where state = 'quarantined' and corrected_by is null and {QuarantineFilter.Condition} and position > $7
            order by position limit $8
            """);
        foreach (var parameter in filter.Parameters) command.Parameters.Add(parameter);
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
