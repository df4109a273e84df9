using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Health.IntegrationTests.Platform;

namespace Health.IntegrationTests.Subscriptions;

/// <summary>Broker and Fhir, which can be stopped and started again on the same database and keys.</summary>
public sealed class SubscriptionHost : IAsyncDisposable
{
    public const string Hospital = "MY510703H001", Centre = "MY510704W001";
    private const string Backport = "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/";

    private readonly Database database;
    private readonly string keys = Directory.CreateTempSubdirectory("health-keys-").FullName;
    private readonly (string Name, string Value)[] settings;
    private TestHost? host;

    private SubscriptionHost(Database database, (string, string)[] settings) => (this.database, this.settings) = (database, settings);

    public TestHost Host => host ?? throw new InvalidOperationException("The host is stopped.");
    public HttpClient Http => Host.Http.As("client-hospital", Hospital, "clinician");
    public HttpClient AsCentre => Host.Http.As("client-centre", Centre, "clinician");

    public static async Task<SubscriptionHost> Start(Database database, params (string, string)[] settings)
    {
        var started = new SubscriptionHost(database, settings);
        await started.Again(null);
        return started;
    }

    public async Task Restart()
    {
        var connection = Host.ConnectionString;
        await Host.DisposeAsync();
        host = null;
        await Again(connection);
    }

    public async ValueTask DisposeAsync()
    {
        if (host is not null) await host.DisposeAsync();
        Directory.Delete(keys, recursive: true);
    }

    /// <summary>A Subscription in the form of the backport; <paramref name="content"/> null: plain R4.</summary>
    public static JsonObject Subscription(string criteria, string? endpoint, string? content = "id-only", string? payload = "application/fhir+json", int? heartbeat = null)
    {
        var channel = new JsonObject { ["type"] = endpoint is null ? "websocket" : "rest-hook" };
        if (endpoint is not null) channel["endpoint"] = endpoint;
        if (payload is not null) channel["payload"] = payload;
        if (content is not null) channel["_payload"] = new JsonObject { ["extension"] = new JsonArray(new JsonObject { ["url"] = Backport + "backport-payload-content", ["valueCode"] = content }) };
        if (heartbeat is not null) channel["extension"] = new JsonArray(new JsonObject { ["url"] = Backport + "backport-heartbeat-period", ["valueUnsignedInt"] = heartbeat });
        return new JsonObject { ["resourceType"] = "Subscription", ["status"] = "requested", ["reason"] = "test", ["criteria"] = criteria, ["channel"] = channel };
    }

    public async Task<string> Create(JsonNode resource, HttpClient? http = null)
    {
        using var answer = await (http ?? Http).PostAsync($"/fhir/{resource["resourceType"]}", Body(resource.ToJsonString()));
        Assert.True(answer.StatusCode == HttpStatusCode.Created, await answer.Content.ReadAsStringAsync());
        return answer.Headers.Location!.AbsolutePath.Split('/')[3];
    }

    /// <summary>Writes <paramref name="name"/> (Type/id) given without type and id.</summary>
    public async Task Put(string name, string json, HttpClient? http = null)
    {
        var parts = name.Split('/');
        var node = JsonNode.Parse(json.Replace('\'', '"'))!;
        (node["resourceType"], node["id"]) = (parts[0], parts[1]);
        using var answer = await (http ?? Http).PutAsync($"/fhir/{name}", Body(node.ToJsonString()));
        Assert.True(answer.IsSuccessStatusCode, $"{name}: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
    }

    public async Task<JsonElement> Get(string path, HttpClient? http = null)
    {
        using var answer = await (http ?? Http).GetAsync($"/fhir/{path}");
        Assert.True(answer.StatusCode == HttpStatusCode.OK, $"{path}: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
        return JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
    }

    /// <summary>Waits until the resource says that status; the platform writes it behind the answer of the receiver.</summary>
    public Task<JsonElement> UntilStatus(string id, string status) => UntilStatusAs(Http, id, status);

    public async Task<JsonElement> UntilStatusAs(HttpClient http, string id, string status)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        for (var i = 0; i < 1200; i++)
        {
            var resource = await Get($"Subscription/{id}", http);
            if (resource.GetProperty("status").GetString() == status) return resource;
            await timer.WaitForNextTickAsync();
        }

        throw new TimeoutException($"Subscription/{id} did not become {status}.");
    }

    public static StringContent Body(string json) => new(json, Encoding.UTF8, "application/fhir+json");

    private async Task Again(string? connection) => host = await TestHost.Start(database, ["Broker", "Fhir"], builder =>
    {
        TestCaller.Use(builder);
        builder.Configuration["Health:Broker:KeyFile"] = Path.Combine(keys, "kek.json");
        builder.Configuration["Health:Fhir:Subscriptions:RetryMilliseconds"] = "20";
        foreach (var (name, value) in settings) builder.Configuration[$"Health:Fhir:Subscriptions:{name}"] = value;
    }, connection);
}
