using Health.Adapters.Mapping;
using Npgsql;
using NpgsqlTypes;

namespace Health.Adapters.Inbox;

/// <summary>Writes what became of claimed messages, in the transaction that holds them, and gives the facts that go into the event log.</summary>
internal static class OutcomeWriter
{
    private static readonly TimeSpan LongestDelay = TimeSpan.FromMinutes(5);

    public static async Task<List<(string MessageId, object Fact)>> Write(
        NpgsqlConnection connection, IReadOnlyList<(ClaimedMessage Message, ProcessingOutcome Outcome)> processed, DateTimeOffset now, CancellationToken ct)
    {
        List<(string, object)> facts = [];
        List<(ClaimedMessage Message, ProcessingOutcome.Recorded Outcome)> finished = [];
        List<ClaimedMessage> deferred = [];
        foreach (var (message, outcome) in processed)
        {
            if (!message.IsLogged) facts.Add((message.MessageId, message.Receipt));
            switch (outcome)
            {
                case ProcessingOutcome.Recorded recorded:
                    facts.Add((message.MessageId, new MessageMapped(message.MessageId, MessageMapper.Version, recorded.ResidentId, recorded.Resources, now)));
                    finished.Add((message, recorded));
                    break;
                case ProcessingOutcome.Quarantined quarantined:
                    facts.Add(await Quarantine(connection, message, quarantined, now, ct));
                    break;
                default:
                    deferred.Add(message);
                    break;
            }
        }

        if (finished.Count > 0) await Finish(connection, finished, now, ct);
        if (deferred.Count > 0) await Defer(connection, deferred, now, ct);
        await Notices.Put(connection, processed, now, ct);
        foreach (var (message, _) in finished.Where(one => one.Message.Corrects is not null)) facts.AddRange(await Supersede(connection, message, now, ct));
        return facts;
    }

    private static async Task<(string, object)> Quarantine(NpgsqlConnection connection, ClaimedMessage message, ProcessingOutcome.Quarantined outcome, DateTimeOffset now, CancellationToken ct)
    {
        var first = outcome.Problems[0] with { Path = MessageKey.Part(outcome.Problems[0].Path) };
        await InboxSql.Execute(
            connection, "update adapters.inbox set state = 'quarantined', finished_at = $2, attempts = attempts + 1, is_logged = true where message_id = $1",
            ct, message.MessageId, now.UtcDateTime);
        await QuarantineSql.Put(connection, message.MessageId, now, first, outcome.SealedProblems, ct);
        return (message.MessageId, new MessageQuarantined(message.MessageId, first.ErrCode, first.Path, now));
    }

    private static async Task Defer(NpgsqlConnection connection, List<ClaimedMessage> messages, DateTimeOffset now, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(
            """
            update adapters.inbox set attempts = attempts + 1, next_attempt_at = row.at, is_logged = true
            from unnest($1, $2) as row (id, at) where message_id = row.id
            """,
            connection)
        {
            Parameters =
            {
                InboxSql.Column(messages, message => message.MessageId, NpgsqlDbType.Text),
                InboxSql.Column(messages, message => (now + Delay(message.Attempts)).UtcDateTime, NpgsqlDbType.TimestampTz),
            },
        };
        await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>Doubles from one second.</summary>
    internal static TimeSpan Delay(int attempts) => attempts >= 9 ? LongestDelay : TimeSpan.FromSeconds(Math.Min(1 << attempts, LongestDelay.TotalSeconds));

    private static async Task Finish(
        NpgsqlConnection connection, List<(ClaimedMessage Message, ProcessingOutcome.Recorded Outcome)> rows, DateTimeOffset now, CancellationToken ct)
    {
        // Neither a version's name nor a path holds a line feed: lists travel as lines, because unnest knows no arrays of different lengths.
        await using var command = new NpgsqlCommand(
            """
            update adapters.inbox set state = 'done', finished_at = $1, mapper_version = $2, resident_id = row.resident, next_attempt_at = null,
                resources = string_to_array(row.resources, E'\n'), unmapped_paths = string_to_array(row.unmapped, E'\n'), wrapped_by = row.wrapped_by, wrapped_key = row.wrapped_key,
                is_logged = true
            from unnest($3, $4, $5, $6, $7, $8) as row (id, resident, resources, unmapped, wrapped_by, wrapped_key)
            where message_id = row.id
            """,
            connection)
        {
            Parameters =
            {
                new() { Value = now.UtcDateTime },
                new() { Value = MessageMapper.Version },
                InboxSql.Column(rows, row => row.Message.MessageId, NpgsqlDbType.Text),
                InboxSql.Column(rows, row => row.Outcome.ResidentId, NpgsqlDbType.Text),
                InboxSql.Column(rows, row => string.Join('\n', row.Outcome.Resources), NpgsqlDbType.Text),
                InboxSql.Column(rows, row => string.Join('\n', row.Outcome.UnmappedPaths), NpgsqlDbType.Text),
                InboxSql.Column(rows, row => (row.Outcome.Rewrapped ?? row.Message.Key).WrappedBy, NpgsqlDbType.Text),
                InboxSql.Column(rows, row => (row.Outcome.Rewrapped ?? row.Message.Key).Bytes, NpgsqlDbType.Bytea),
            },
        };
        var count = await command.ExecuteNonQueryAsync(ct);
        if (count != rows.Count) throw new InvalidOperationException($"{count} of {rows.Count} rows of the inbox were finished.");
        var others = rows.SelectMany(row => row.Outcome.OtherResidents.Select(resident => (row.Message.MessageId, Resident: resident))).ToList();
        if (others.Count > 0) await NameOthers(connection, others, ct);
    }

    private static async Task NameOthers(NpgsqlConnection connection, List<(string MessageId, string Resident)> others, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("insert into adapters.message_resident (message_id, resident_id) select * from unnest($1, $2) on conflict do nothing", connection)
        {
            Parameters = { InboxSql.Column(others, one => one.MessageId, NpgsqlDbType.Text), InboxSql.Column(others, one => one.Resident, NpgsqlDbType.Text) },
        };
        await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>The message that was corrected, and when that was a correction itself, what it corrected.</summary>
    private static async Task<List<(string, object)>> Supersede(NpgsqlConnection connection, ClaimedMessage correction, DateTimeOffset now, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(
            """
            with recursive chain as (
                select message_id, corrects from adapters.inbox where message_id = $1
                union
                select older.message_id, older.corrects from adapters.inbox as older join chain on older.message_id = chain.corrects)
            update adapters.inbox set state = 'superseded' from chain
            where inbox.message_id = chain.message_id and inbox.state = 'quarantined'
            returning inbox.message_id
            """,
            connection)
        {
            Parameters = { new() { Value = correction.Corrects! } },
        };
        List<(string, object)> facts = [];
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct)) facts.Add((reader.GetString(0), new MessageCorrected(reader.GetString(0), correction.MessageId, now)));
        return facts;
    }
}
