using System.Text.Json;
using Health.SimulationTests.Platform;

namespace Health.SimulationTests.Faults;

/// <summary>Compares what senders were told with what the record holds, through the FHIR door.</summary>
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
        }

        return new Result(lost, doubled, await Waiting(operators, ct));
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
