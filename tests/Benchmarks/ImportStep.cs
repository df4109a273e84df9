using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Health.Host.Commands;
using Health.SimulationTests.Platform;

namespace Health.Benchmarks;

/// <summary>$import of people nobody imported before: from the first byte sent to the end of the job, sealed spool included.</summary>
public static class ImportStep
{
    private const string Name = "$import of NDJSON";

    /// <summary>A tenth of what is imported concerns persons to be identified; the rest refers to them.</summary>
    private const int FirstPerson = 700_000, Persons = 1000;
    private static readonly TimeSpan AskEvery = TimeSpan.FromMilliseconds(100);

    public static async Task<BenchRow> Run(RunningPlatform platform, double target)
    {
        using var http = await PlatformClient.Connect(Doors.Address(platform), "demo-operator", CancellationToken.None);
        var lines = new StringBuilder();
        for (var n = FirstPerson; n < FirstPerson + Persons; n++)
            foreach (var resource in Population.Of(n, (_, id) => $"\"id\":\"{id}\",", (type, id) => $"{type}/{id}")) lines.Append(resource.Json).Append('\n');
        var clock = Stopwatch.StartNew();
        using var body = new StringContent(lines.ToString(), Encoding.UTF8, new MediaTypeHeaderValue("application/fhir+ndjson"));
        using var accepted = await http.PostAsync("/fhir/$import", body);
        if (accepted.StatusCode != HttpStatusCode.Accepted) return BenchRow.Skipped(Name, "resources/s", target, $"answered {(int)accepted.StatusCode}");
        var manifest = await Ended(http, accepted.Content.Headers.ContentLocation!);
        var imported = manifest.GetProperty("imported").GetInt64();
        var refused = manifest.GetProperty("error").GetArrayLength();
        return BenchRow.AtLeast(Name, imported / clock.Elapsed.TotalSeconds, "resources/s", target) with { Note = $"{imported} resources of {Persons} new persons{(refused > 0 ? "; some were refused" : "")}" };
    }

    private static async Task<JsonElement> Ended(HttpClient http, Uri status)
    {
        using var timer = new PeriodicTimer(AskEvery);
        while (true)
        {
            using var answer = await http.GetAsync(status.PathAndQuery);
            if (answer.StatusCode == HttpStatusCode.OK) return JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
            if (answer.StatusCode != HttpStatusCode.Accepted) throw new InvalidOperationException($"The import failed: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
            await timer.WaitForNextTickAsync();
        }
    }
}
