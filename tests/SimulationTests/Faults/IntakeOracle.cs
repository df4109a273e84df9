using System.Text.Json;
using Health.SimulationTests.Platform;
using Npgsql;

namespace Health.SimulationTests.Faults;

/// <summary>
/// Compares what senders were told with what the record holds, through the FHIR door, and with the log of the inbox: an equal record written twice
/// would not show in the record, but its message would have been kept or processed twice.
/// </summary>
public static class IntakeOracle
{
    private const string VisitSystem = "urn:health:institution:MY510703H001:visit";
    private const int Chunk = 40;

    public sealed record Result(IReadOnlyList<string> Lost, IReadOnlyList<string> Doubled, int Unfinished);

    public static async Task<Result> Compare(RunningPlatform platform, IReadOnlyList<string> visits, CancellationToken ct)
    {
        using var fhir = await platform.Client("demo-hospital");
        using var operators = await platform.Client("demo-operator");
        await UntilQuiet(operators, ct);
        List<string> lost = [], doubled = [];
        foreach (var chunk in visits.Chunk(Chunk))
        {
            var found = await Versions(fhir, chunk, ct);
            foreach (var visit in chunk)
            {
                var versions = found.Where(encounter => encounter.Visit == visit).Select(encounter => encounter.Version).ToList();
                if (versions.Count == 0) lost.Add(visit);
                else if (versions.Count > 1 || versions[0] != "1") doubled.Add($"{visit}: {versions.Count} encounters, version {versions[0]}");
            }

            doubled.AddRange(await MoreThanOnce(platform, chunk, ct));
        }

        return new Result(lost, doubled, await Waiting(operators, ct));
    }

    /// <summary>Messages that stand in the inbox more than once, or of whose receipt or processing the log tells more than once.</summary>
    private static async Task<List<string>> MoreThanOnce(RunningPlatform platform, string[] controlIds, CancellationToken ct)
    {
        await using var database = NpgsqlDataSource.Create(platform.ConnectionString);
        await using var command = database.CreateCommand(
            """
            select i.control_id, count(distinct i.message_id), count(*) filter (where e.type = 'adapters.message-received.v1'), count(*) filter (where e.type = 'adapters.message-processed.v1')
            from adapters.inbox i left join events.mt_events e on e.stream_id = 'message/' || i.message_id
            where i.control_id = any($1) group by 1
            having count(distinct i.message_id) > 1 or count(*) filter (where e.type = 'adapters.message-received.v1') > 1
                or count(*) filter (where e.type = 'adapters.message-processed.v1') <> 1
            """);
        command.Parameters.Add(new() { Value = controlIds });
        List<string> found = [];
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct)) found.Add($"{reader.GetString(0)}: {reader.GetInt64(1)} in the inbox, received {reader.GetInt64(2)} times, processed {reader.GetInt64(3)} times");
        return found;
    }

    private static async Task<List<(string Visit, string Version)>> Versions(HttpClient fhir, string[] visits, CancellationToken ct)
    {
        var criteria = string.Join(',', visits.Select(visit => $"{VisitSystem}|{visit}"));
        using var answer = await fhir.GetAsync($"/fhir/Encounter?_count=100&identifier={Uri.EscapeDataString(criteria)}", ct);
        answer.EnsureSuccessStatusCode();
        using var bundle = JsonDocument.Parse(await answer.Content.ReadAsByteArrayAsync(ct));
        if (!bundle.RootElement.TryGetProperty("entry", out var entries)) return [];
        return
        [
            .. entries.EnumerateArray().Select(entry => entry.GetProperty("resource")).Select(encounter => (
                encounter.GetProperty("identifier").EnumerateArray().First(id => id.GetProperty("system").GetString() == VisitSystem).GetProperty("value").GetString()!,
                encounter.GetProperty("meta").GetProperty("versionId").GetString()!)),
        ];
    }

    /// <summary>Waits until the inbox says that nothing is waiting any more; gives up after two minutes, and then the count tells.</summary>
    private static async Task UntilQuiet(HttpClient operators, CancellationToken ct)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(200));
        for (var i = 0; i < 600 && await Waiting(operators, ct) > 0; i++) await timer.WaitForNextTickAsync(ct);
    }

    private static async Task<int> Waiting(HttpClient operators, CancellationToken ct)
    {
        using var answer = await operators.GetAsync("/adapters/statistics", ct);
        answer.EnsureSuccessStatusCode();
        using var json = JsonDocument.Parse(await answer.Content.ReadAsByteArrayAsync(ct));
        return json.RootElement.GetProperty("waiting").GetInt32();
    }
}
