using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Serialization;
using Health.CardAgent;
using Health.CardAgent.Api;
using Health.CardAgent.Desk;
using Health.CardAgent.Journal;
using Health.CardAgent.Platform;
using Health.Cards;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Health.IntegrationTests.Cards;

/// <summary>A desk with its agent in this process, a chip image, and a stand-in platform.</summary>
public sealed class Clinic : IAsyncDisposable
{
    public static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { Converters = { new JsonStringEnumConverter() } };
    private static readonly FeeLine[] Bill = [new("GH001", "普通门诊挂号", 1, 500), new("XY0212", "阿莫西林胶囊", 2, 3_680), new("JC0105", "血常规", 1, 2_500)];

    private WebApplication? agent;

    private Clinic(string folder, StandInPlatform platform, string image) => (Folder, Platform, Image) = (folder, platform, image);

    public string Folder { get; }
    public StandInPlatform Platform { get; }
    public string Image { get; }
    public HttpClient Http { get; private set; } = new();
    public CardImage Chip => CardImage.Load(Image);
    public MoneyJournal Journal => agent!.Services.GetRequiredService<MoneyJournal>();
    public DeskFeed Feed => agent!.Services.GetRequiredService<DeskFeed>();
    public string Token => agent!.Services.GetRequiredService<Pairing>().Token;
    public string? PairingCode => agent!.Services.GetRequiredService<Pairing>().Code;

    /// <param name="transport"><c>direct</c>: the chip starts in its slot; <c>pcsc</c>: the test inserts it.</param>
    public static async Task<Clinic> Open(string transport = "direct", long balanceFen = 50_000, bool startAgent = true)
    {
        var folder = Directory.CreateTempSubdirectory("health-desk-").FullName;
        var clinic = new Clinic(folder, await StandInPlatform.Start(folder), Chips.Write(folder, balanceFen)) { Transport = transport };
        if (startAgent) await clinic.StartAgent();
        return clinic;
    }

    /// <summary>The desk's clock: the machine's, moved by <see cref="SetClock.Offset"/>.</summary>
    public SetClock Clock { get; } = new();

    public string Transport { get; private init; } = "direct";

    /// <summary>Settings of the agent, for this process or another.</summary>
    public string[] Arguments(int port = 0) =>
    [
        "--Agent:DeskId=YXWS-01", "--Agent:InstitutionName=游仙区演示镇卫生院", "--Agent:TerminalNo=510704000001", $"--Agent:Platform={Platform.Url}",
        $"--Agent:PrivateJwk={Platform.JwkFile}", $"--Agent:DataFolder={Path.Combine(Folder, "agent")}", $"--Agent:Transport={Transport}", $"--Agent:Reader={(Transport == "pcsc" ? A_virtual_reader.Reader : "")}",
        $"--Agent:ChipImage={(Transport == "direct" ? Image : "")}", $"--Agent:Port={port}", "--Agent:Development=true", "--Agent:PlatformTimeoutSeconds=10", $"--Agent:BlacklistKey={Convert.ToHexString(Platform.City.Public.Bytes.Span)}", "--Serilog:MinimumLevel:Default=Warning",
    ];

    public async Task StartAgent(params string[] more)
    {
        var built = AgentHost.Build([.. Arguments(), .. more], builder => builder.Services.AddSingleton<TimeProvider>(Clock));
        try
        {
            await built.StartAsync();
        }
        catch
        {
            await built.DisposeAsync();
            throw;
        }
        agent = built;
        Http = new HttpClient { BaseAddress = new Uri(agent.Urls.First()) };
        Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", agent.Services.GetRequiredService<Pairing>().Token);
    }

    public async Task StopAgent()
    {
        Http.Dispose();
        if (agent is null) return;
        await agent.StopAsync();
        await agent.DisposeAsync();
        agent = null;
    }

    /// <summary>Waits for the desk to show something; fails after 20 s with what it shows instead.</summary>
    public async Task<DeskView> Until(Func<DeskView, bool> shows)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        try
        {
            await foreach (var view in Feed.Watch(limit.Token))
                if (shows(view)) return view;
        }
        catch (OperationCanceledException)
        {
            Assert.Fail($"Not shown: {JsonSerializer.Serialize(Feed.Now, Json)}");
        }
        throw new InvalidOperationException("The feed ended.");
    }

    public Task<DeskView> Identified() => Until(view => view.Card is { State: "identified", Present: true });

    public Task<HttpResponseMessage> Register() => Http.PostAsJsonAsync("/api/visit/register", new { });

    public Task<HttpResponseMessage> PreSettle() => Http.PostAsJsonAsync("/api/visit/pre-settlement", new { feeLines = Bill }, Json);

    public Task<HttpResponseMessage> Pay() => Http.PostAsJsonAsync("/api/visit/pay", new { });

    /// <summary>Keys, numbers and list are there: the desk could go on alone from now on.</summary>
    public Task<DeskView> ReadyToBeAlone() => Until(view => view.Offline is { IsReady: true, ListAgeMinutes: not null, Numbers: > 0 });

    /// <summary>A visit up to the point where F4 pays.</summary>
    public async Task Quote()
    {
        await Identified();
        (await Register()).EnsureSuccessStatusCode();
        (await PreSettle()).EnsureSuccessStatusCode();
    }

    public async Task Tear(TearPoint point, string instruction = "54")
    {
        var answer = await Http.PostAsJsonAsync("/chip/tear", new { point = point.ToString(), instruction, skip = 0, answerBytes = 0 });
        answer.EnsureSuccessStatusCode();
    }

    public async Task Insert() => (await Http.PostAsJsonAsync("/chip/insert", new { image = "chip.json" })).EnsureSuccessStatusCode();

    public async ValueTask DisposeAsync()
    {
        await StopAgent();
        await Platform.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
    }
}
