using System.Text.Json;
using Health.Contracts;
using Health.Host;
using Health.Host.EmbeddedPostgres;
using Health.IntegrationTests.CardBridge;
using Health.IntegrationTests.Platform;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Health.SimulationTests.Settlements;

/// <summary>
/// The city around the settlements: a real PostgreSQL, the platform's keys, index of persons, audit and records, and insurer, city-card operator, acquirer and hospital
/// as programs of their own.
/// </summary>
public sealed class City : IAsyncDisposable
{
    private static readonly EventHeader Header = new("city", "client:test", PurposeOfUse.TREAT, "test");
    private readonly string folder;
    private readonly PostgresCluster cluster;
    private readonly Dictionary<Party, Simulator> outside;
    private readonly WebApplication host;
    private readonly NpgsqlDataSource watcher;
    private int persons;

    private City(string folder, PostgresCluster cluster, string connectionString, Dictionary<Party, Simulator> outside, IReadOnlyDictionary<string, string?> settings, WebApplication host)
    {
        (this.folder, this.cluster, this.outside, this.host, BridgeSettings, ConnectionString) = (folder, cluster, outside, host, settings, connectionString);
        Configuration = new ConfigurationBuilder().AddInMemoryCollection(settings).Build();
        watcher = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(connectionString) { ApplicationName = "watcher", MaxPoolSize = 10 });
        var address = host.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        Issuer = new HttpClient { BaseAddress = new Uri(address) }.As("demo-operator", null, "operator");
    }

    public string ConnectionString { get; }
    public IReadOnlyDictionary<string, string?> BridgeSettings { get; }
    public IConfiguration Configuration { get; }
    public IServiceProvider Services => host.Services;

    /// <summary>Issues cards and reads the work list.</summary>
    public HttpClient Issuer { get; }

    /// <summary>A folder in memory for counters that must be durable in life.</summary>
    public string Fast { get; } = Directory.CreateTempSubdirectory("health-").FullName;

    public static string Institution(int lane) => $"MY5107{lane:D2}W{lane:D3}";

    /// <param name="lanes">Institutions 1 … N; those with an even number settle with the insurance first.</param>
    public static async Task<City> Start(int lanes)
    {
        var folder = Directory.CreateTempSubdirectory("health-settle-").FullName;
        File.SetUnixFileMode(folder, File.GetUnixFileMode(folder) | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        // Durability over a kill of the database is the other part of the campaign.
        var cluster = await PostgresCluster.Start(Path.Combine(folder, "postgres"), extraSettings: ["fsync=off", "max_connections=300", "shared_buffers=256MB"]);
        var connection = await cluster.EnsureDatabase("settlements");
        var outside = new Dictionary<Party, Simulator>
        {
            [Party.Insurer] = await Simulator.Start("Insurer", $"--Insurer:StateFile={folder}/insurer.jsonl", "--Insurer:OpeningAccount=5.00", "--Logging:LogLevel:Default=Warning", "--Logging:LogLevel:Microsoft.Hosting.Lifetime=Information"),
            [Party.CityCard] = await Simulator.Start("CityCard", $"--CityCard:StateFile={folder}/city-card.jsonl", "--Logging:LogLevel:Default=Warning", "--Logging:LogLevel:Microsoft.Hosting.Lifetime=Information"),
            [Party.Acquirer] = await Simulator.Start("Acquirer", $"--Acquirer:StateFile={folder}/acquirer.jsonl"),
            [Party.His] = await Simulator.Start("Hospital", $"--his-receipts={folder}/his-receipts.jsonl"),
        };
        var settings = new Dictionary<string, string?>
        {
            ["Health:CardBridge:InsurerUrl"] = outside[Party.Insurer].Address.ToString(),
            ["Health:CardBridge:CityCardUrl"] = outside[Party.CityCard].Address.ToString(),
            ["Health:CardBridge:AcquirerUrl"] = outside[Party.Acquirer].Address.ToString(),
            ["Health:CardBridge:HisUrl"] = outside[Party.His].Address.ToString(),
            ["Health:CardBridge:AnswerTimeoutMilliseconds"] = $"{SettlementFaults.AnswerTimeout.TotalMilliseconds:0}",
        };
        for (var lane = 2; lane <= lanes; lane += 2) settings[$"Health:CardBridge:InsuranceFirst:{lane / 2}"] = Institution(lane);
        string[] arguments =
        [
            $"--Health:Database={connection}", $"--Health:DataFolder={Directory.CreateDirectory(Path.Combine(folder, "platform")).FullName}", "--Health:Development=true", "--urls=http://127.0.0.1:0",
            "--Serilog:MinimumLevel:Default=Error", "--Health:Modules:0=Broker", "--Health:Modules:1=Fhir", "--Health:Modules:2=CardBridge",
        ];
        var host = await HealthHost.Build(arguments, builder =>
        {
            TestCaller.Use(builder);
            builder.Configuration.AddInMemoryCollection(settings);
        });
        await host.StartAsync();
        var directory = host.Services.GetRequiredService<IDirectory>();
        await directory.Register(new Institution(TestResidents.Hospital, "绵阳市演示中心医院", "Mianyang Demo Central Hospital", "510703", "A100"), Header, default);
        for (var lane = 1; lane <= lanes; lane++) await directory.Register(new Institution(Institution(lane), $"演示卫生院{lane}", $"Demo Health Centre {lane}", "510704", "C220"), Header, default);
        return new City(folder, cluster, connection, outside, settings, host);
    }

    internal Simulator Outside(Party party) => outside[party];

    /// <summary>Ends the database connections of an application, wherever its transaction stands; and again for a moment, so that some end in the middle of a commit.</summary>
    public async Task Cut(string application)
    {
        await Terminate(application);
        _ = Task.Run(async () =>
        {
            using var again = new PeriodicTimer(TimeSpan.FromMilliseconds(4));
            for (var i = 0; i < 8 && await again.WaitForNextTickAsync(); i++) await Terminate(application);
        });
    }

    /// <summary>Every connection but the watcher's.</summary>
    public Task CutAll() => Terminate(null);

    public async Task<(string IdNumber, string Name, JsonElement Issued)> Resident(long balanceFen) => await TestResidents.WithCard(Services, Issuer, Interlocked.Increment(ref persons), balanceFen);

    /// <summary>Rows of a query, read beside the platform.</summary>
    public async Task<List<object[]>> Rows(string sql, params object[] parameters)
    {
        await using var command = watcher.CreateCommand(sql);
        foreach (var parameter in parameters) command.Parameters.Add(new() { Value = parameter });
        await using var reader = await command.ExecuteReaderAsync();
        List<object[]> rows = [];
        while (await reader.ReadAsync())
        {
            var row = new object[reader.FieldCount];
            reader.GetValues(row);
            rows.Add(row);
        }
        return rows;
    }

    public async ValueTask DisposeAsync()
    {
        await watcher.DisposeAsync();
        await host.StopAsync();
        await host.DisposeAsync();
        foreach (var simulator in outside.Values) await simulator.DisposeAsync();
        await cluster.DisposeAsync();
        Directory.Delete(Fast, recursive: true);
        if (Environment.GetEnvironmentVariable("HEALTH_KEEP") is null) Directory.Delete(folder, recursive: true);
    }

    private async Task Terminate(string? application)
    {
        await using var command = watcher.CreateCommand(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and application_name <> 'watcher' and ($1::text is null or application_name = $1)");
        command.Parameters.Add(new() { Value = (object?)application ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text });
        await command.ExecuteNonQueryAsync();
    }
}
