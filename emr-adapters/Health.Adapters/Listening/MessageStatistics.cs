using Npgsql;

namespace Health.Adapters.Listening;

/// <summary>One line of the table: how many messages of a source and type are in a state, for which reason.</summary>
public sealed record MessageCount(string Source, string Institution, string Type, string State, string? ErrCode, string? Path, long Count);

/// <param name="Waiting">Messages acknowledged and not processed yet.</param>
public sealed record MessageCounts(long Waiting, long Accepted, long Quarantined, long Superseded, IReadOnlyList<MessageCount> Rows);

/// <summary>What became of one message. <paramref name="Resources"/> are versioned references.</summary>
public sealed record MessageStatus(
    string MessageId, string Source, string Institution, string Type, string ControlId, string State, DateTimeOffset ReceivedAt, DateTimeOffset? FinishedAt,
    string? MapperVersion, string[] Resources, string[] UnmappedPaths, string? ErrCode, string? Path, string? Corrects, string? CorrectedBy);

/// <summary>Counts and states from the inbox itself.</summary>
internal sealed class MessageStatistics(NpgsqlDataSource database)
{
    public async Task<MessageCounts> Read(CancellationToken ct)
    {
        await using var command = database.CreateCommand(
            """
            select source_id, institution_code, message_type || '^' || trigger_event, state, err_code, path, count(*)
            from adapters.inbox left join adapters.quarantine on quarantine.message_id = inbox.message_id and inbox.state = 'quarantined'
            group by 1, 2, 3, 4, 5, 6 order by 1, 3, 4, 7 desc
            """);
        List<MessageCount> rows = [];
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            rows.Add(new MessageCount(
                reader.GetString(0), reader.GetString(1), reader.GetString(2), reader.GetString(3),
                await reader.IsDBNullAsync(4, ct) ? null : reader.GetString(4), await reader.IsDBNullAsync(5, ct) ? null : reader.GetString(5), reader.GetInt64(6)));
        }

        long Of(string state) => rows.Where(row => row.State == state).Sum(row => row.Count);
        return new MessageCounts(Of("received"), Of("done"), Of("quarantined"), Of("superseded"), rows);
    }

    public async Task<MessageStatus?> Find(string messageId, CancellationToken ct)
    {
        await using var command = database.CreateCommand(
            """
            select source_id, institution_code, message_type || '^' || trigger_event, control_id, state, received_at, finished_at, mapper_version, resources, unmapped_paths,
                err_code, path, corrects, corrected_by
            from adapters.inbox left join adapters.quarantine on quarantine.message_id = inbox.message_id and inbox.state = 'quarantined'
            where inbox.message_id = $1
            """);
        command.Parameters.Add(new() { Value = messageId });
        await using var reader = await command.ExecuteReaderAsync(ct);
        if (!await reader.ReadAsync(ct)) return null;
        string? Text(int column) => reader.IsDBNull(column) ? null : reader.GetString(column);
        return new MessageStatus(
            messageId, reader.GetString(0), reader.GetString(1), reader.GetString(2), reader.GetString(3), reader.GetString(4), reader.GetFieldValue<DateTimeOffset>(5),
            reader.IsDBNull(6) ? null : reader.GetFieldValue<DateTimeOffset>(6), Text(7), reader.GetFieldValue<string[]>(8), reader.GetFieldValue<string[]>(9), Text(10), Text(11), Text(12), Text(13));
    }
}
