using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;

namespace Health.Host.Commands;

/// <summary><c>health fhir load --import</c>: newline-delimited JSON by <c>$import</c>, a job per file, one after the other.</summary>
internal static class FhirImport
{
    private const int LongestAnswerShown = 600;
    private static readonly TimeSpan AskEvery = TimeSpan.FromMilliseconds(500);

    public static async Task<int> Run(PlatformAddress platform, string[] paths, CancellationToken ct)
    {
        using var http = await PlatformClient.Connect(platform, "demo-operator", ct);
        long imported = 0, refused = 0;
        foreach (var file in Files.Find(paths, ".ndjson"))
        {
            await using var lines = File.OpenRead(file);
            using var body = new StreamContent(lines) { Headers = { ContentType = new MediaTypeHeaderValue("application/fhir+ndjson") } };
            using var answer = await http.PostAsync("/fhir/$import", body, ct);
            if (answer.StatusCode != HttpStatusCode.Accepted) throw new InvalidOperationException($"{file} was not taken: {await Shown(answer, ct)}");
            var manifest = await Ended(http, answer.Content.Headers.ContentLocation!, file, ct);
            imported += manifest.GetProperty("imported").GetInt64();
            foreach (var errors in manifest.GetProperty("error").EnumerateArray())
            {
                refused += errors.GetProperty("count").GetInt64();
                Terminal.WriteLine($"{Path.GetFileName(file)}: {errors.GetProperty("count")} lines refused, see {errors.GetProperty("url").GetString()}");
            }
        }

        Terminal.WriteLine($"{imported} resources imported, {refused} refused");
        return refused == 0 ? 0 : 1;
    }

    private static async Task<JsonElement> Ended(HttpClient http, Uri status, string file, CancellationToken ct)
    {
        using var timer = new PeriodicTimer(AskEvery);
        var shown = "";
        while (true)
        {
            using var answer = await http.GetAsync(status.PathAndQuery, ct);
            if (answer.StatusCode == HttpStatusCode.OK) return JsonDocument.Parse(await answer.Content.ReadAsStringAsync(ct)).RootElement;
            if (answer.StatusCode != HttpStatusCode.Accepted) throw new InvalidOperationException($"{file}: {await Shown(answer, ct)}");
            var progress = answer.Headers.TryGetValues("X-Progress", out var values) ? values.First() : "";
            if (progress != shown) Terminal.WriteLine($"{Path.GetFileName(file)}: {shown = progress}");
            await timer.WaitForNextTickAsync(ct);
        }
    }

    private static async Task<string> Shown(HttpResponseMessage answer, CancellationToken ct)
    {
        var text = await answer.Content.ReadAsStringAsync(ct);
        return $"{(int)answer.StatusCode} {text[..Math.Min(text.Length, LongestAnswerShown)]}";
    }
}
