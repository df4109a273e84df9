using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Health.Contracts;
using Health.IntegrationTests.Platform;
using Microsoft.Extensions.DependencyInjection;

namespace Health.IntegrationTests.Conformance.Proof;

/// <summary>An answer with its body read.</summary>
internal sealed record Answer(string Request, int Status, string Text, HttpResponseMessage Message)
{
    public JsonObject Json => JsonNode.Parse(Text)!.AsObject();

    public string? ETag => Message.Headers.ETag?.ToString();

    public string Id => Message.Headers.Location!.AbsolutePath.Split('/')[3];

    /// <summary>Type/id of the entries.</summary>
    public HashSet<string> Entries => Json["entry"] is JsonArray entries ? [.. entries.Select(entry => $"{entry!["resource"]?["resourceType"]}/{entry["resource"]?["id"]}")] : [];

    public override string ToString() => $"{Request}: {Status} {(Text.Length > 400 ? Text[..400] : Text)}";
}

/// <summary>A server of broker and FHIR with its CapabilityStatement, asked by an operator who may write every type.</summary>
public sealed class StatementHost(Database database) : IAsyncLifetime
{
    private TestHost? host;
    private HttpClient? http;

    internal JsonObject Statement { get; private set; } = null!;
    internal JsonObject Rest => Statement["rest"]!.AsArray().Single()!.AsObject();
    internal Dictionary<string, JsonObject> Types { get; private set; } = null!;
    internal Uri Base { get; private set; } = null!;
    internal HttpClient Stranger => host!.Http;

    public async ValueTask InitializeAsync()
    {
        host = await TestHost.Start(database, ["Broker", "Fhir"], TestCaller.Use);
        http = host.Http.As("demo-operator", null, "operator");
        http.Timeout = TimeSpan.FromMinutes(5);
        http.DefaultRequestHeaders.Add("X-Purpose-Of-Use", "HOPERAT");
        Base = new Uri(host.Http.BaseAddress!, "/fhir/");
        Statement = JsonNode.Parse(await host.Http.GetStringAsync("/fhir/metadata"))!.AsObject();
        Types = Rest["resource"]!.AsArray().ToDictionary(resource => (string)resource!["type"]!, resource => resource!.AsObject());
    }

    public async ValueTask DisposeAsync()
    {
        http?.Dispose();
        await host!.DisposeAsync();
    }

    internal async Task<Answer> Send(string method, string path, JsonNode? body = null, params (string Name, string Value)[] headers) =>
        await Send(method, path, body?.ToJsonString(), "application/fhir+json", headers);

    internal async Task<Answer> Send(string method, string path, string? body, string media, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), new Uri(Base, path));
        if (body is not null) request.Content = new StringContent(body, Encoding.UTF8, MediaTypeHeaderValue.Parse(media));
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        var answer = await http!.SendAsync(request);
        return new Answer($"{method} {path}", (int)answer.StatusCode, await answer.Content.ReadAsStringAsync(), answer);
    }

    /// <summary>Stores an instance whatever clients may do with its type: as the platform itself writes.</summary>
    internal async Task Store(JsonObject resource)
    {
        var (type, id) = ((string)resource["resourceType"]!, (string)resource["id"]!);
        var header = new EventHeader("city", "platform", PurposeOfUse.HOPERAT, "test");
        var commit = await host!.Services.GetRequiredService<IRecordStore>().Commit(new RecordBatch(Guid.NewGuid().ToString(), header, "MY510703H001", null, [new RecordWrite(WriteKind.Put, type, id, Encoding.UTF8.GetBytes(resource.ToJsonString()))]), default);
        Assert.Null(commit.Refusal);
    }

    /// <summary>Stores an instance as a client does where the statement lets it, and as the platform where not.</summary>
    internal async Task Keep(JsonObject resource)
    {
        var type = (string)resource["resourceType"]!;
        if (!Offers(type, "update")) await Store(resource);
        else if (await Send("PUT", $"{type}/{resource["id"]}", resource) is { Status: not (200 or 201) } refused) throw new InvalidOperationException(refused.ToString());
    }

    internal bool Offers(string type, string interaction) => Types[type]["interaction"]!.AsArray().Any(one => (string)one!["code"]! == interaction);

    /// <summary>Proves something of each, a few at a time; what does not hold is told together.</summary>
    internal static async Task Each<T>(IEnumerable<T> all, Func<T, Task<string?>> proof)
    {
        var broken = new System.Collections.Concurrent.ConcurrentBag<string>();
        var count = 0;
        await Parallel.ForEachAsync(all, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (one, _) =>
        {
            Interlocked.Increment(ref count);
            if (await proof(one) is { } wrong) broken.Add(wrong);
        });
        Assert.True(count > 0, "There was nothing to prove.");
        Assert.True(broken.IsEmpty, $"{broken.Count} of {count} do not hold:\n{string.Join('\n', broken.Order(StringComparer.Ordinal).Take(80))}");
    }
}

[CollectionDefinition(Name)]
public sealed class StatementTests : ICollectionFixture<StatementHost>
{
    public const string Name = "capability statement";
}
