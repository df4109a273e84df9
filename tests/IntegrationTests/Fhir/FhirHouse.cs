using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Health.Contracts;
using Health.Fhir.Records;
using Health.IntegrationTests.Platform;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Health.IntegrationTests.Fhir;

/// <summary>The tests of the FHIR server share one running house.</summary>
[CollectionDefinition]
public sealed class FhirCollection : ICollectionFixture<FhirHouse>;

/// <summary>The FHIR server alone, on a real database, with small stand-ins for what the broker does.</summary>
public sealed class FhirHouse(Database database) : IAsyncLifetime
{
    public const string Hospital = "MY510703H001", Centre = "MY510704W001";

    private TestHost? host;

    public TestHost Host => host ?? throw new InvalidOperationException("The house is not started.");
    public MemoryKeyring Keyring { get; } = new();
    public MemoryResidents Residents { get; } = new();
    public TableAudit Audit => (TableAudit)Host.Services.GetRequiredService<IAuditTrail>();
    public IRecordStore Store => Host.Services.GetRequiredService<IRecordStore>();
    public RecordCommitter Committer => Host.Services.GetRequiredService<RecordCommitter>();
    public NpgsqlDataSource Data => Host.Services.GetRequiredService<NpgsqlDataSource>();

    public HttpClient AsHospital => Host.Http.As("demo-hospital", Hospital);
    public HttpClient AsCentre => Host.Http.As("demo-centre", Centre);
    public HttpClient AsOperator => Host.Http.As("demo-operator", null, "operator");
    public HttpClient AsNobody => Host.Http.As("demo-nobody", Hospital, "nobody");

    public static readonly EventHeader Header = new("city", "client:test", PurposeOfUse.TREAT, "test");

    public async ValueTask InitializeAsync() => host = await TestHost.Start(database, ["Fhir"], builder =>
    {
        TestCaller.Use(builder);
        builder.Services.AddSingleton<IKeyring>(Keyring);
        builder.Services.AddSingleton<IResidentIndex>(Residents);
        builder.Services.AddSingleton<IAccessPolicy, InstitutionPolicy>();
        builder.Services.AddSingleton<IAuditTrail, TableAudit>();
        builder.Services.AddSingleton(TableAudit.Schema);
    });

    public async ValueTask DisposeAsync() => await Host.DisposeAsync();

    public static RecordWrite Put(string type, string id, string json) => new(WriteKind.Put, type, id, Encoding.UTF8.GetBytes(json));

    public static RecordBatch Batch(params RecordWrite[] writes) => new(Guid.NewGuid().ToString(), Header, Hospital, null, writes);

    public async Task<long> Count(string sql)
    {
        await using var command = Data.CreateCommand(sql);
        return Convert.ToInt64(await command.ExecuteScalarAsync());
    }
}

internal static class FhirHttp
{
    public static StringContent Json(string json, string media = "application/fhir+json") => new(json, Encoding.UTF8, new MediaTypeHeaderValue(media));

    public static async Task<HttpResponseMessage> Send(this HttpClient http, string method, string path, string? json = null, params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(new HttpMethod(method), "/fhir/" + path);
        if (json is not null) request.Content = Json(json);
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        return await http.SendAsync(request);
    }

    public static async Task<JsonNode> Body(this HttpResponseMessage response) => JsonNode.Parse(await response.Content.ReadAsStringAsync())!;

    public static string IdOf(this HttpResponseMessage response) => response.Headers.Location!.AbsolutePath.Split('/')[3];
}
