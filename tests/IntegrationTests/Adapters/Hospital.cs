using System.IO.Pipelines;
using System.Net.Sockets;
using System.Text;
using Health.Adapters.Inbox;
using Health.Adapters.Listening;
using Health.Adapters.Mapping;
using Health.Contracts;
using Health.Hl7v2;
using Health.Hl7v2.Mllp;
using Health.IntegrationTests.Platform;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Health.IntegrationTests.Adapters;

/// <summary>A platform with the doors open and three sources known, and the means to speak to it as a hospital does. Can be started again on the same data.</summary>
internal sealed class Hospital : IAsyncDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("health-adapters-").FullName;
    private readonly Dictionary<string, string?> settings;
    private readonly string connectionString;
    private readonly Database database;
    private TestHost? host;
    private bool isWhole;

    private Hospital(Database database, string connectionString, Dictionary<string, string?> settings)
    {
        this.database = database;
        this.connectionString = connectionString;
        this.settings = settings;
    }

    public RecordsInMemory Records { get; } = new();

    /// <summary>Set before <see cref="Start"/>: services of a whole platform that a test puts in place of its own.</summary>
    public Action<IServiceCollection>? Replace { get; set; }

    /// <summary>Set before <see cref="Start"/>: more that a test adds to the host.</summary>
    public Action<WebApplicationBuilder>? Add { get; set; }

    public TestHost Host => host ?? throw new InvalidOperationException("Not started.");

    public string Folder => folder;

    public int Port => Host.Services.GetRequiredService<MllpEndpoint>().Port;

    public static async Task<Hospital> Open(Database database, params (string Name, string Value)[] settings)
    {
        var hospital = new Hospital(database, await database.New(), settings.ToDictionary(one => $"Health:Adapters:{one.Name}", one => (string?)one.Value));
        var sources = Directory.CreateDirectory(Path.Combine(hospital.folder, "sources")).FullName;
        await File.WriteAllTextAsync(Path.Combine(sources, "mych.json"), """{"id":"mych","institutionCode":"MY510703H001","sendingApplication":"HIS","sendingFacility":"MYCH","charset":"UTF-8"}""");
        await File.WriteAllTextAsync(Path.Combine(sources, "yxws.json"), """{"id":"yxws","institutionCode":"MY510704W001","sendingApplication":"CIS","sendingFacility":"YXWS","charset":"GB 18030-2000"}""");
        await hospital.Start();
        return hospital;
    }

    /// <summary>The same with a source <c>lab</c> (MSH-3 LIS, MSH-4 LAB), whose profile has this protocol, and more members if told.</summary>
    public static async Task<Hospital> OpenWithLab(Database database, string protocol, string more = "", params (string Name, string Value)[] settings)
    {
        var hospital = await Open(database, settings);
        await hospital.Stop();
        await hospital.Lab(protocol, more);
        await hospital.Start();
        return hospital;
    }

    /// <summary>Writes the profile of the lab anew; counts from the next <see cref="Start"/>.</summary>
    public Task Lab(string protocol, string more = "") => File.WriteAllTextAsync(
        Path.Combine(folder, "sources", "lab.json"),
        $$"""{"id":"lab","institutionCode":"MY510703H001","sendingApplication":"LIS","sendingFacility":"LAB","protocol":{{protocol}}{{more}}}""");

    /// <summary>A registration of the lab; <paramref name="header"/> follows MSH-12, so it begins with MSH-13.</summary>
    public static string FromLab(string controlId, string header = "", string pid3 = "P1") =>
        Registration(controlId, pid3, sender: "LIS|LAB").Replace("|P|2.5.1\r", $"|P|2.5.1{(header.Length == 0 ? "" : $"|{header}")}\r");

    /// <summary>The same with the real mapping and the real record store, and a source that takes unknown senders.</summary>
    public static async Task<Hospital> OpenWhole(Database database)
    {
        var hospital = await Open(database);
        await hospital.Stop();
        await File.WriteAllTextAsync(Path.Combine(hospital.folder, "sources", "any-sender.json"), """{"id":"any-sender","institutionCode":"MY510700T001","acceptsUnknownSenders":true}""");
        hospital.isWhole = true;
        await hospital.Start();
        return hospital;
    }

    public async Task Start() => host = await TestHost.Start(database, isWhole ? ["Broker", "Fhir", "Adapters"] : ["Broker", "Adapters"], Adjust, connectionString);

    public async Task Stop()
    {
        if (host is not null) await host.DisposeAsync();
        host = null;
    }

    public async ValueTask DisposeAsync()
    {
        await Stop();
        Directory.Delete(folder, recursive: true);
    }

    /// <summary>Adds or replaces a setting of the doors before <see cref="Start"/>.</summary>
    public void Set(string name, string value) => settings[$"Health:Adapters:{name}"] = value;

    public static string Registration(string controlId, string pid3 = "P1", string name = "王小明", string time = "20261124090000", string sender = "HIS|MYCH") =>
        $"MSH|^~\\&|{sender}|HIE|MY|{time}||ADT^A04|{controlId}|P|2.5.1\rPID|1||{pid3}||{name}||19900101|M\rPV1|1|O\r";

    public async Task<TcpClient> Connect()
    {
        var client = new TcpClient { NoDelay = true };
        await client.ConnectAsync("127.0.0.1", Port);
        return client;
    }

    /// <summary>Sends on a connection of its own and returns the bytes of the answer; null when the platform closes instead.</summary>
    public async Task<byte[]?> Send(byte[] message)
    {
        using var client = await Connect();
        return await Send(client.GetStream(), message);
    }

    public static async Task<byte[]?> Send(Stream stream, byte[] message)
    {
        await stream.WriteAsync(MllpWriter.Frame(message));
        var frame = await new MllpDecoder(PipeReader.Create(stream, new StreamPipeReaderOptions(leaveOpen: true)), 1_000_000).Read(default);
        return frame.Kind == MllpFrameKind.Message ? frame.Body : null;
    }

    public async Task<Hl7Message> Send(string message) =>
        Hl7Message.Read(await Send(Encoding.UTF8.GetBytes(message)) ?? throw new IOException("Closed without an answer.")).Message!;

    public async Task<T> Scalar<T>(string sql)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    public async Task<NpgsqlConnection> Sql()
    {
        var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync();
        return connection;
    }

    /// <summary>Waits until a count in the database is reached.</summary>
    public Task Until(string sql, long expected, int seconds = 30) => DatabaseCount.Until(connectionString, sql, expected, seconds);

    public Task UntilDone(int count) => Until("select count(*) from adapters.inbox where state = 'done'", count);

    public Task UntilQuarantined(int count) => Until("select count(*) from adapters.inbox where state = 'quarantined'", count);

    private void Adjust(WebApplicationBuilder builder)
    {
        TestCaller.Use(builder);
        Add?.Invoke(builder);
        settings["Health:DataFolder"] = folder;
        settings["Health:Adapters:SourcesFolder"] = Path.Combine(folder, "sources");
        builder.Configuration.AddInMemoryCollection(settings);
        if (Replace is { } replace) builder.Host.ConfigureContainer<IServiceCollection>((_, services) => replace(services));
        if (isWhole) return;
        // Before the modules add their own: of two registrations the last one counts, so these are put in again when the host is built.
        builder.Host.ConfigureContainer<IServiceCollection>((_, services) =>
        {
            services.AddSingleton<IRecordStore>(Records);
            services.AddSingleton<MapMessage>(SmallMapper.Map);
        });
    }
}
