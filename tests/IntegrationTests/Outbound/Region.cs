using System.Net.Http.Json;
using System.Text.Json;
using Health.Hl7v2;
using Health.IntegrationTests.Adapters;
using Health.IntegrationTests.CardBridge;
using Health.IntegrationTests.Platform;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Npgsql;

namespace Health.IntegrationTests.Outbound;

/// <summary>
/// A platform that sends to one hospital: the municipal hospital (MYCH) and the township centre (YXWS) send and write, the county hospital (STXY) receives at
/// the hospital simulator. Can be stopped and started again on the same data.
/// </summary>
internal sealed class Region : IAsyncDisposable
{
    public const string Municipal = "MY510703H001", County = "MY510722H001";

    private readonly string folder = Directory.CreateTempSubdirectory("health-outbound-").FullName;
    private readonly Database database;
    private readonly string connectionString;
    private TestHost? host;

    private Region(Database database, string connectionString, Simulator simulator, int port)
    {
        (this.database, this.connectionString, Simulator, ReceiverPort) = (database, connectionString, simulator, port);
    }

    public Simulator Simulator { get; }
    public int ReceiverPort { get; }
    public TestHost Host => host ?? throw new InvalidOperationException("Not started.");
    public HttpClient Operators => Host.Http.As("demo-operator", roles: "operator");

    /// <param name="more">Members of the destination profile beside id, institution, address and names, with a comma before each.</param>
    public static async Task<Region> Open(Database database, string more = ",\"events\":[\"ADT\",\"ORU\",\"MDM\"],\"residents\":\"all\"", string charset = "UTF-8")
    {
        var simulator = await Simulator.Start("Hospital");
        using var made = await simulator.Http.PostAsJsonAsync("receivers", new { charset });
        var port = (await made.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("port").GetInt32();
        var region = new Region(database, await database.New(), simulator, port);
        await region.Write("sources", "mych", $$"""{"id":"mych","institutionCode":"{{Municipal}}","sendingApplication":"HIS","sendingFacility":"MYCH","charset":"UTF-8","protocol":{"queries":true} }""");
        await region.Write("sources", "stxy-in", $$"""{"id":"stxy-in","institutionCode":"{{County}}","sendingApplication":"HIS","sendingFacility":"STXY","charset":"UTF-8","protocol":{"queries":true} }""");
        await region.Write("sources", "lab", $$"""{"id":"lab","institutionCode":"{{Municipal}}","sendingApplication":"LIS","sendingFacility":"LAB"}""");
        await region.Profile(more);
        await region.Start();
        return region;
    }

    /// <summary>Writes the destination's profile anew; counts from the next start.</summary>
    public Task Profile(string more) => Write("destinations", "stxy",
        $$"""
        {"id":"stxy","institutionCode":"{{County}}","address":"127.0.0.1:{{ReceiverPort}}","receivingApplication":"HIS","receivingFacility":"STXY",
         "backOff":{"firstSeconds":0.05,"mostSeconds":0.2,"errors":3},"answerWithinSeconds":1{{more}}}
        """);

    public async Task Start()
    {
        host = await TestHost.Start(database, ["Broker", "Fhir", "Adapters"], Adjust, connectionString);
        // From the first look on: what is written before it belongs to the past.
        await Until("select count(*) from adapters.outbound_cursor", 1);
    }

    /// <summary>A second platform on the same database, as during a change of machines.</summary>
    public Task<TestHost> Second() => TestHost.Start(database, ["Broker", "Fhir", "Adapters"], Adjust, connectionString);

    public async Task Stop()
    {
        if (host is not null) await host.DisposeAsync();
        host = null;
    }

    public async ValueTask DisposeAsync()
    {
        await Stop();
        await Simulator.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    /// <summary>An ADT of a hospital, accepted at the HTTP door.</summary>
    public async Task Send(string message)
    {
        using var http = Host.Http.As("sender", roles: "operator");
        using var content = new StringContent(message);
        content.Headers.ContentType = new("application/hl7-v2");
        using var answer = await http.PostAsync("/adapters/hl7v2", content);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
    }

    public Task Put(string name, string json, string institution = Municipal) => PutAs(Host.Http.As($"client-{institution}", institution, "clinician"), name, json);

    public static async Task PutAs(HttpClient http, string name, string json)
    {
        using var content = RestartableHost.Body(json.Replace('\'', '"'));
        using var answer = await http.PutAsync($"/fhir/{name}", content);
        Assert.True(answer.IsSuccessStatusCode, $"{name}: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
    }

    public async Task Plan(params object[] behaviours) => (await Simulator.Http.PostAsJsonAsync($"receivers/{ReceiverPort}/behaviours", behaviours)).EnsureSuccessStatusCode();

    public async Task<IReadOnlyList<JsonElement>> Received() => [.. (await Simulator.Http.GetFromJsonAsync<JsonElement>($"receivers/{ReceiverPort}/messages")).EnumerateArray()];

    /// <summary>What the hospital has accepted, each message once, in the order it was accepted first.</summary>
    public async Task<IReadOnlyList<string>> Accepted() =>
        [.. (await Received()).Where(one => one.GetProperty("accepted").GetBoolean()).DistinctBy(one => one.Text("controlId")).Select(one => one.Text("text"))];

    public async Task<IReadOnlyList<string>> UntilAccepted(int count)
    {
        await Until($"select count(*) from adapters.outbox where state = 'delivered'", count);
        return await Accepted();
    }

    public async Task<JsonElement> Get(string path)
    {
        using var answer = await Operators.GetAsync(path);
        Assert.True(answer.IsSuccessStatusCode, $"{path}: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
        return await answer.Content.ReadFromJsonAsync<JsonElement>();
    }

    public async Task<HttpResponseMessage> Post(string path) => await Operators.PostAsync(path, null);

    public async Task<T> Scalar<T>(string sql)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    public Task Until(string sql, long expected, int seconds = 30) => DatabaseCount.Until(connectionString, sql, expected, seconds);

    /// <summary>Waits until the follower has looked at everything and nothing waits.</summary>
    public async Task UntilQuiet()
    {
        await Until("select count(*) from adapters.inbox where state = 'received'", 0);
        var horizon = await Scalar<long>("select coalesce(max(seq_id), 0) from events.mt_events");
        // A change that is told moves the place; one that is not is known by what follows it.
        await Put($"Patient/quiet-{horizon}", $"{{'resourceType':'Patient','id':'quiet-{horizon}','active':true}}");
        await Until($"select count(*) from adapters.outbox where resource = 'Patient/quiet-{horizon}' and state = 'delivered'", 1);
    }

    public static string Field(string text, string path)
    {
        using var message = Hl7Message.Read(System.Text.Encoding.UTF8.GetBytes(text)).Message!;
        return message.Get(path) ?? "";
    }

    public static string Event(string text) => $"{Field(text, "MSH-9.1")}^{Field(text, "MSH-9.2")}";

    private async Task Write(string kind, string id, string json)
    {
        var sub = Directory.CreateDirectory(Path.Combine(folder, kind)).FullName;
        await File.WriteAllTextAsync(Path.Combine(sub, $"{id}.json"), json);
    }

    private void Adjust(WebApplicationBuilder builder)
    {
        TestCaller.Use(builder);
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Health:DataFolder"] = folder,
            ["Health:Adapters:SourcesFolder"] = Path.Combine(folder, "sources"),
            ["Health:Adapters:DestinationsFolder"] = Path.Combine(folder, "destinations"),
        });
    }
}
