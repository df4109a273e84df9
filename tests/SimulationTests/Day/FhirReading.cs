using System.Diagnostics;
using System.Net;
using System.Text.Json;

namespace Health.SimulationTests.Day;

/// <summary>Reading over the FHIR door, as a client that knows the specification and nothing of our code.</summary>
public static class FhirReading
{
    /// <summary>Matches of a search, without included resources.</summary>
    public static async Task<List<JsonElement>> Search(this HttpClient fhir, string query)
    {
        using var answer = await fhir.GetAsync($"/fhir/{query}");
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, $"{query}: {(int)answer.StatusCode} {text}");
        return Entries(JsonDocument.Parse(text).RootElement);
    }

    public static List<JsonElement> Entries(JsonElement bundle) =>
        bundle.TryGetProperty("entry", out var entries) ? [.. entries.EnumerateArray().Select(entry => entry.GetProperty("resource"))] : [];

    /// <summary>The same search until it finds at least <paramref name="count"/>; fails when that takes longer than <paramref name="limit"/>.</summary>
    public static async Task<List<JsonElement>> SearchWithin(this HttpClient fhir, string query, int count, TimeSpan limit)
    {
        var clock = Stopwatch.StartNew();
        using var again = new PeriodicTimer(TimeSpan.FromMilliseconds(25));
        while (true)
        {
            var asked = clock.Elapsed;
            var found = await fhir.Search(query);
            if (found.Count >= count) return found;
            Assert.True(asked < limit, $"{query}: {found.Count} of {count} after {asked.TotalSeconds:0.0} s");
            await again.WaitForNextTickAsync();
        }
    }

    public static async Task<JsonElement> ReadResource(this HttpClient fhir, string reference)
    {
        using var answer = await fhir.GetAsync($"/fhir/{reference}");
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, $"{reference}: {(int)answer.StatusCode} {text}");
        return JsonDocument.Parse(text).RootElement;
    }

    public static async Task<HttpStatusCode> StatusOf(this HttpClient fhir, string reference)
    {
        using var answer = await fhir.GetAsync($"/fhir/{reference}");
        return answer.StatusCode;
    }

    public static string Text(this JsonElement element, params string[] path)
    {
        foreach (var name in path) element = int.TryParse(name, out var index) ? element[index] : element.GetProperty(name);
        return element.ValueKind == JsonValueKind.String ? element.GetString()! : element.GetRawText();
    }

    public static string Reference(this JsonElement resource) => $"{resource.Text("resourceType")}/{resource.Text("id")}";
}
