using Health.Adapters.Mapping;
using Npgsql;

namespace Health.Adapters.Inbox;

/// <summary>Writes what became of claimed messages, in the transaction that holds them, and gives the facts that go into the event log.</summary>
internal static class OutcomeWriter
{
    private static readonly TimeSpan LongestDelay = TimeSpan.FromMinutes(5);

    public static async Task<List<(string MessageId, object Fact)>> Write(
        NpgsqlConnection connection, IReadOnlyList<(ClaimedMessage Message, ProcessingOutcome Outcome)> processed, DateTimeOffset now, CancellationToken ct)
    {
        List<(string, object)> facts = [];
        foreach (var (message, outcome) in processed)
        {
            switch (outcome)
            {
                case ProcessingOutcome.Recorded recorded:
                    facts.Add((message.MessageId, new MessageMapped(message.MessageId, MessageMapper.Version, recorded.ResidentId, recorded.Resources, now)));
                    facts.AddRange(await Finish(connection, message, recorded, now, ct));
                    break;
                case ProcessingOutcome.Quarantined quarantined:
                    var first = quarantined.Problems[0] with { Path = MessageKey.Part(quarantined.Problems[0].Path) };
                    facts.Add((message.MessageId, new MessageQuarantined(message.MessageId, first.ErrCode, first.Path, now)));
                    await InboxSql.Execute(
                        connection, "update adapters.inbox set state = 'quarantined', finished_at = $2, notice_due = true, attempts = attempts + 1 where message_id = $1",
                        ct, message.MessageId, now.UtcDateTime);
                    await QuarantineSql.Put(connection, message.MessageId, now, first, quarantined.SealedProblems, ct);
                    break;
                default:
                    await InboxSql.Execute(
                        connection, "update adapters.inbox set attempts = attempts + 1, next_attempt_at = $2 where message_id = $1",
                        ct, message.MessageId, (now + Delay(message.Attempts)).UtcDateTime);
                    break;
            }
        }

        return facts;
    }

    /// <summary>Doubles from one second.</summary>
    internal static TimeSpan Delay(int attempts) => attempts >= 9 ? LongestDelay : TimeSpan.FromSeconds(Math.Min(1 << attempts, LongestDelay.TotalSeconds));

    private static async Task<List<(string, object)>> Finish(
        NpgsqlConnection connection, ClaimedMessage message, ProcessingOutcome.Recorded recorded, DateTimeOffset now, CancellationToken ct)
    {
        var key = recorded.Rewrapped ?? message.Key;
        await InboxSql.Execute(
            connection,
            """
            update adapters.inbox set state = 'done', finished_at = $2, resident_id = $3, resources = $4, unmapped_paths = $5, mapper_version = $6,
                wrapped_by = $7, wrapped_key = $8, notice_due = true, next_attempt_at = null
            where message_id = $1
            """,
            ct, message.MessageId, now.UtcDateTime, recorded.ResidentId, recorded.Resources.ToArray(), recorded.UnmappedPaths.ToArray(), MessageMapper.Version, key.WrappedBy, key.Bytes);
        return message.Corrects is null ? [] : await Supersede(connection, message, now, ct);
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
