using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Health.Cards;
using Health.Contracts;
using Health.IntegrationTests.Platform;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Health.IntegrationTests.CardBridge;

[CollectionDefinition]
public sealed class BridgeCollection : ICollectionFixture<BridgeHouse>;

/// <summary>The card bridge on real keys, index of persons, audit and records, between an insurer, a city-card operator, an acquirer and a hospital's system that are processes of their own.</summary>
public sealed class BridgeHouse(Database database) : IAsyncLifetime
{
    public const string Centre = "MY510704W001", Hospital = "MY510703H001";
    private static readonly EventHeader Header = new("city", "client:test", PurposeOfUse.TREAT, "test");
    private readonly string dataFolder = Directory.CreateTempSubdirectory("health-bridge-").FullName;
    private Simulator? insurer, company, acquirer, hospital;
    private TestHost? host;
    private int persons;

    internal Simulator Insurer => insurer!;
    internal Simulator Company => company!;
    internal Simulator Acquirer => acquirer!;

    /// <summary>The hospital's system, which books the receipts.</summary>
    internal Simulator His => hospital!;
    public TestHost Host => host!;
    public HttpClient Operator => Host.Http.As("demo-operator", null, "operator");
    public IRecordStore Records => Host.Services.GetRequiredService<IRecordStore>();

    public async ValueTask InitializeAsync()
    {
        insurer = await Simulator.Start("Insurer", $"--Insurer:StateFile={Path.Combine(dataFolder, "insurer.jsonl")}");
        company = await Simulator.Start("CityCard", $"--CityCard:StateFile={Path.Combine(dataFolder, "city-card.jsonl")}");
        acquirer = await Simulator.Start("Acquirer", $"--Acquirer:StateFile={Path.Combine(dataFolder, "acquirer.jsonl")}");
        hospital = await Simulator.Start("Hospital", $"--his-receipts={Path.Combine(dataFolder, "his-receipts.jsonl")}");
        await StartHost(null);
        var directory = Host.Services.GetRequiredService<IDirectory>();
        await directory.Register(new Institution(Centre, "游仙区演示镇卫生院", "Youxian Demo Township Health Centre", "510704", "C220"), Header, default);
        await directory.Register(new Institution(Hospital, "绵阳市演示中心医院", "Mianyang Demo Central Hospital", "510703", "A100"), Header, default);
    }

    /// <summary>Stops the platform where it stands and starts it again on the same data.</summary>
    public async Task Restart()
    {
        var connectionString = Host.ConnectionString;
        await Host.DisposeAsync();
        await StartHost(connectionString);
    }

    /// <summary>The platform's time.</summary>
    internal DateTimeOffset Now => Host.Services.GetRequiredService<TimeProvider>().GetUtcNow();

    public string DataFolder => Path.Combine(dataFolder, "platform");

    public HttpClient Desk => Host.Http.As("demo-desk", Centre, "desk");

    /// <summary>A resident with a record at the hospital and no card.</summary>
    internal async Task<(string IdNumber, string Name)> Resident()
    {
        var (idNumber, name, _) = await TestResidents.New(Host.Services, Interlocked.Increment(ref persons));
        return (idNumber, name);
    }

    /// <summary>A resident with a record at the hospital, a card handed out, its chip, and the desk of the health centre with the card in its reader.</summary>
    internal async Task<TestDesk> ResidentAtTheDesk(long balanceFen = 50_000)
    {
        var (idNumber, name, issued) = await TestResidents.WithCard(Host.Services, Operator, Interlocked.Increment(ref persons), balanceFen);
        var image = CardImage.FromJson(Encoding.UTF8.GetBytes(issued.GetProperty("image").GetRawText()));
        return new TestDesk(Desk, new VirtualCard(image, _ => { }, RandomNumberGenerator.Create()), dataFolder, idNumber, name, issued);
    }

    internal static async Task<(HttpStatusCode Status, JsonElement Body)> Call(HttpClient http, string path, object body)
    {
        using var response = await http.PostAsJsonAsync(path, body);
        return (response.StatusCode, await Body(response));
    }

    internal static async Task<JsonElement> Body(HttpResponseMessage response)
    {
        var text = await response.Content.ReadAsStringAsync();
        return text.Length == 0 ? default : JsonDocument.Parse(text).RootElement;
    }

    public static string IdNumber(DateOnly birth, int sequence) => TestResidents.IdNumber(birth, sequence);

    public async ValueTask DisposeAsync()
    {
        if (host is not null) await host.DisposeAsync();
        if (insurer is not null) await insurer.DisposeAsync();
        if (company is not null) await company.DisposeAsync();
        if (acquirer is not null) await acquirer.DisposeAsync();
        if (hospital is not null) await hospital.DisposeAsync();
        Directory.Delete(dataFolder, recursive: true);
    }

    private async Task StartHost(string? connectionString) => host = await TestHost.Start(database, ["Broker", "Fhir", "CardBridge"], builder =>
    {
        TestCaller.Use(builder);
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Health:DataFolder"] = Path.Combine(dataFolder, "platform"),
            ["Health:CardBridge:InsurerUrl"] = Insurer.Address.ToString(),
            ["Health:CardBridge:CityCardUrl"] = Company.Address.ToString(),
            ["Health:CardBridge:AcquirerUrl"] = Acquirer.Address.ToString(),
            ["Health:CardBridge:HisUrl"] = His.Address.ToString(),
            ["Health:CardBridge:AnswerTimeoutMilliseconds"] = "60000",
            ["Health:CardBridge:BlacklistRefreshSeconds"] = "0",
            ["Health:CardBridge:BlacklistPollSeconds"] = "1",
        });
        Directory.CreateDirectory(Path.Combine(dataFolder, "platform"));
    }, connectionString);
}
