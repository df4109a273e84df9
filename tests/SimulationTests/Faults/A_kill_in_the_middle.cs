using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Health.IntegrationTests.Subscriptions;
using Health.SimulationTests.Platform;

namespace Health.SimulationTests.Faults;

[CollectionDefinition(nameof(A_kill_in_the_middle), DisableParallelization = true)]
public sealed class Kills;

/// <summary>
/// The program is killed with -9 in the middle of an $import and of the notifications about what it imports, its database too. Every line must be there once, in its first
/// version, and every event must reach its subscriber, in order and under one number.
/// </summary>
[Collection(nameof(A_kill_in_the_middle))]
public sealed class A_kill_in_the_middle
{
    private const int Lines = 8000;

    [Fact]
    public async Task of_an_import_and_of_its_notifications_loses_nothing_and_doubles_nothing()
    {
        var ct = TestContext.Current.CancellationToken;
        await using var receiver = await Receiver.Start();
        await using var platform = await RunningPlatform.Start(demo: true, ct);
        var subscription = await Subscribe(platform, receiver, ct);
        var status = await Import(platform, ct);

        // Twice while lines are committed: the program, then the database under it.
        await UntilDone(platform, status, 1, ct);
        await platform.Kill();
        await platform.Start(ct);
        await UntilDone(platform, status, Lines / 3, ct);
        platform.KillDatabase();
        await platform.Kill();
        await platform.Start(ct);
        // And while its subscriber is told: of the next calls it takes some and drops the line before it says so, and refuses others. (Each costs the pause before a retry.)
        var calls = receiver.Calls;
        receiver.Behaviour = call => call > calls + 9 ? Taking.Take : (call % 3) switch { 0 => Taking.TakeAndDrop, 1 => Taking.Take, _ => Taking.Refuse };
        await receiver.UntilEvents(Lines / 2);
        await platform.Kill();
        await platform.Start(ct);
        var manifest = await UntilManifest(platform, status, ct);
        receiver.Behaviour = _ => Taking.Take;

        Assert.Equal((Lines, 0), (manifest.GetProperty("imported").GetInt32(), manifest.GetProperty("error").GetArrayLength()));
        using var operators = await Operators(platform);
        using var found = await Json(operators, "/fhir/Observation?code=718-7&_summary=count", ct);
        Assert.Equal(Lines, found.RootElement.GetProperty("total").GetInt32());
        // A first version alone: the history of all of them has as many entries.
        using var history = await Json(operators, "/fhir/Observation?code=718-7&_sort=-_lastUpdated&_count=1000&_elements=id", ct);
        Assert.All(history.RootElement.GetProperty("entry").EnumerateArray(), entry => Assert.Equal("1", entry.GetProperty("resource").GetProperty("meta").GetProperty("versionId").GetString()));

        await receiver.UntilEvents(Lines);
        var numbers = receiver.Events.SelectMany(call => call.Numbers).ToList();
        Assert.Equal(Enumerable.Range(1, Lines).Select(n => (long)n), numbers.Distinct());
        Assert.All(numbers.Zip(numbers.Skip(1)), pair => Assert.True(pair.Second <= pair.First + 1, $"{pair.First} was followed by {pair.Second}"));
        var told = receiver.Events.SelectMany(call => call.Numbers.Zip(call.Focuses)).Distinct().ToList();
        Assert.Equal(Lines, told.Count);
        Assert.Equal(Lines, told.Select(pair => pair.Second).Distinct().Count());
        using var state = await Json(operators, $"/fhir/Subscription/{subscription}/$status", ct);
        Assert.Contains($"\"{Lines}\"", state.RootElement.GetRawText());
    }

    private static async Task<HttpClient> Operators(RunningPlatform platform)
    {
        var http = await platform.Client("demo-operator");
        http.DefaultRequestHeaders.Add("X-Purpose-Of-Use", "HOPERAT");
        return http;
    }

    private static async Task<string> Subscribe(RunningPlatform platform, Receiver receiver, CancellationToken ct)
    {
        using var http = await Operators(platform);
        using var body = new StringContent(SubscriptionForm.Of("Observation?code=718-7", receiver.Url).ToJsonString(), Encoding.UTF8, "application/fhir+json");
        using var answer = await http.PostAsync("/fhir/Subscription", body, ct);
        Assert.True(answer.StatusCode == HttpStatusCode.Created, await answer.Content.ReadAsStringAsync(ct));
        var id = answer.Headers.Location!.AbsolutePath.Split('/')[3];
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        for (var i = 0; ; i++)
        {
            using var subscription = await Json(http, $"/fhir/Subscription/{id}", ct);
            if (subscription.RootElement.GetProperty("status").GetString() == "active") return id;
            Assert.True(i < 600, subscription.RootElement.GetRawText());
            await timer.WaitForNextTickAsync(ct);
        }
    }

    private static async Task<string> Import(RunningPlatform platform, CancellationToken ct)
    {
        using var http = await Operators(platform);
        var lines = new StringBuilder();
        for (var i = 0; i < Lines; i++) lines.Append($$$"""{"resourceType":"Observation","id":"kill-{{{i}}}","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"718-7"}]}}""").Append('\n');
        using var body = new StringContent(lines.ToString(), Encoding.UTF8, new MediaTypeHeaderValue("application/fhir+ndjson"));
        using var answer = await http.PostAsync("/fhir/$import", body, ct);
        Assert.True(answer.StatusCode == HttpStatusCode.Accepted, await answer.Content.ReadAsStringAsync(ct));
        return answer.Content.Headers.ContentLocation!.AbsolutePath;
    }

    /// <summary>Returns when the job says that so many lines are in, or all.</summary>
    private static Task UntilDone(RunningPlatform platform, string status, int lines, CancellationToken ct) => Poll(platform, status, answer =>
        answer.StatusCode == HttpStatusCode.OK || (answer.Headers.TryGetValues("X-Progress", out var progress) && int.TryParse(progress.First().Split(' ')[0], null, out var done) && done >= lines), ct);

    private static async Task<JsonElement> UntilManifest(RunningPlatform platform, string status, CancellationToken ct) =>
        JsonDocument.Parse(await Poll(platform, status, answer => answer.StatusCode == HttpStatusCode.OK, ct)).RootElement;

    private static async Task<string> Poll(RunningPlatform platform, string status, Func<HttpResponseMessage, bool> until, CancellationToken ct)
    {
        using var http = await Operators(platform);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(ct);
        patience.CancelAfter(TimeSpan.FromMinutes(4));
        while (true)
        {
            using var answer = await http.GetAsync(status, patience.Token);
            var text = await answer.Content.ReadAsStringAsync(patience.Token);
            if (until(answer)) return text;
            Assert.True(answer.StatusCode == HttpStatusCode.Accepted, $"{(int)answer.StatusCode} {text}");
            await timer.WaitForNextTickAsync(patience.Token);
        }
    }

    private static async Task<JsonDocument> Json(HttpClient http, string path, CancellationToken ct)
    {
        using var answer = await http.GetAsync(path, ct);
        var text = await answer.Content.ReadAsStringAsync(ct);
        Assert.True(answer.IsSuccessStatusCode, $"{path}: {(int)answer.StatusCode} {text}");
        return JsonDocument.Parse(text);
    }
}
