using System.Text.Json;
using Npgsql;
using NpgsqlTypes;

namespace Health.Adapters.Inbox;

/// <summary>A message of a notice as it waits to be published.</summary>
/// <param name="Outcome"><c>accepted</c> or <c>quarantined</c>.</param>
internal sealed record NoticeLine(string MessageId, string InstitutionCode, string MessageType, string Outcome, DateTimeOffset At);

/// <summary>Notices that wait for the bus: one row for a batch of messages, written with their outcome and removed once published.</summary>
internal static class Notices
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    public static async Task Put(NpgsqlConnection connection, IEnumerable<(ClaimedMessage Message, ProcessingOutcome Outcome)> processed, DateTimeOffset now, CancellationToken ct)
    {
        List<NoticeLine> lines = [];
        foreach (var (message, outcome) in processed)
            if (Name(outcome) is { } name) lines.Add(new NoticeLine(message.MessageId, message.InstitutionCode, message.Type, name, now));
        if (lines.Count == 0) return;
        await using var command = new NpgsqlCommand("insert into adapters.notice (messages) values ($1)", connection)
        {
            Parameters = { new() { Value = JsonSerializer.Serialize(lines, Json), NpgsqlDbType = NpgsqlDbType.Jsonb } },
        };
        await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>The oldest, at most <paramref name="most"/> rows.</summary>
    public static async Task<List<(long Id, List<NoticeLine> Lines)>> Due(NpgsqlDataSource database, int most, CancellationToken ct)
    {
        await using var command = database.CreateCommand("select id, messages::text from adapters.notice order by id limit $1");
        command.Parameters.Add(new() { Value = most });
        List<(long, List<NoticeLine>)> due = [];
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct)) due.Add((reader.GetInt64(0), JsonSerializer.Deserialize<List<NoticeLine>>(reader.GetString(1), Json)!));
        return due;
    }

    public static async Task Remove(NpgsqlDataSource database, IEnumerable<long> ids, CancellationToken ct)
    {
        await using var command = database.CreateCommand("delete from adapters.notice where id = any($1)");
        command.Parameters.Add(new() { Value = ids.ToArray() });
        await command.ExecuteNonQueryAsync(ct);
    }

    private static string? Name(ProcessingOutcome outcome) => outcome switch
    {
        ProcessingOutcome.Recorded => "accepted",
        ProcessingOutcome.Quarantined => "quarantined",
        _ => null,
    };
}
