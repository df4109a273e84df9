using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Health.IntegrationTests.Platform;

/// <summary>Broker and Fhir, which can be stopped and started again on the same database and data folder.</summary>
public sealed class RestartableHost : IAsyncDisposable
{
    public const string Hospital = "MY510703H001", Centre = "MY510704W001";

    private readonly Database database;
    private readonly string folder = Directory.CreateTempSubdirectory("health-data-").FullName;
    private readonly (string Name, string Value)[] settings;
    private TestHost? host;

    private RestartableHost(Database database, (string, string)[] settings) => (this.database, this.settings) = (database, settings);

    public TestHost Host => host ?? throw new InvalidOperationException("The host is stopped.");
    public HttpClient Http => Host.Http.As("client-hospital", Hospital, "clinician");
    public HttpClient AsCentre => Host.Http.As("client-centre", Centre, "clinician");

    public static async Task<RestartableHost> Start(Database database, params (string, string)[] settings)
    {
        var started = new RestartableHost(database, settings);
        await started.Again(null);
        return started;
    }

    /// <param name="whileStopped">What happens between the stop and the start.</param>
    public async Task Restart(Func<Task>? whileStopped = null)
    {
        var connection = Host.ConnectionString;
        await Host.DisposeAsync();
        host = null;
        if (whileStopped is not null) await whileStopped();
        await Again(connection);
    }

    public async ValueTask DisposeAsync()
    {
        if (host is not null) await host.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    public async Task<string> Create(JsonNode resource, HttpClient? http = null)
    {
        using var answer = await (http ?? Http).PostAsync($"/fhir/{resource["resourceType"]}", Body(resource.ToJsonString()));
        Assert.True(answer.StatusCode == HttpStatusCode.Created, await answer.Content.ReadAsStringAsync());
        return answer.Headers.Location!.AbsolutePath.Split('/')[3];
    }

    public string Folder => folder;

    public HttpClient AsOperator
    {
        get
        {
            var http = Host.Http.As("client-operator", null, "operator");
            http.DefaultRequestHeaders.Add("X-Purpose-Of-Use", "HOPERAT");
            return http;
        }
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
        builder.Configuration["Health:Fhir:Subscriptions:RetryMilliseconds"] = "20";
        foreach (var (name, value) in settings) builder.Configuration[$"Health:Fhir:{name}"] = value;
    }, connection, folder);
}
