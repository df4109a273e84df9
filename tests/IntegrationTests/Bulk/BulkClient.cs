using System.Net;
using System.Text.Json;

namespace Health.IntegrationTests.Bulk;

/// <summary>A client of the asynchronous pattern of FHIR Bulk Data.</summary>
internal static class BulkClient
{
    public static async Task<HttpResponseMessage> KickOff(this HttpClient http, string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/fhir/{path}") { Headers = { { "Prefer", "respond-async" } } };
        return await http.SendAsync(request);
    }

    /// <summary>Kicks an export off and waits for its manifest.</summary>
    public static async Task<JsonElement> Export(this HttpClient http, string path)
    {
        using var answer = await http.KickOff(path);
        Assert.True(answer.StatusCode == HttpStatusCode.Accepted, await answer.Content.ReadAsStringAsync());
        return await http.Manifest(answer.Content.Headers.ContentLocation!);
    }

    public static async Task<JsonElement> Manifest(this HttpClient http, Uri status)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        for (var i = 0; i < 2400; i++)
        {
            using var answer = await http.GetAsync(status.PathAndQuery);
            if (answer.StatusCode == HttpStatusCode.OK) return JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
            Assert.True(answer.StatusCode == HttpStatusCode.Accepted, await answer.Content.ReadAsStringAsync());
            Assert.True(answer.Headers.Contains("X-Progress"));
            Assert.NotNull(answer.Headers.RetryAfter);
            await timer.WaitForNextTickAsync();
        }

        throw new TimeoutException("The job did not end.");
    }

    /// <summary>Type/id of all lines of all files of a list of the manifest.</summary>
    public static async Task<List<JsonElement>> Lines(this HttpClient http, JsonElement manifest, string list = "output")
    {
        List<JsonElement> lines = [];
        foreach (var file in manifest.GetProperty(list).EnumerateArray())
        {
            using var answer = await http.GetAsync(new Uri(file.GetProperty("url").GetString()!).PathAndQuery);
            Assert.True(answer.StatusCode == HttpStatusCode.OK, await answer.Content.ReadAsStringAsync());
            Assert.Equal("application/fhir+ndjson", answer.Content.Headers.ContentType!.MediaType);
            var text = await answer.Content.ReadAsStringAsync();
            var own = text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement).ToList();
            Assert.Equal(file.GetProperty("count").GetInt64(), own.Count);
            if (list == "output") Assert.All(own, line => Assert.Equal(file.GetProperty("type").GetString(), line.GetProperty("resourceType").GetString()));
            lines.AddRange(own);
        }

        return lines;
    }

    public static IEnumerable<string> Names(this IEnumerable<JsonElement> lines) => lines.Select(line => $"{line.GetProperty("resourceType").GetString()}/{line.GetProperty("id").GetString()}");
}
