using System.Net.Http.Json;
using System.Text.Json;
using Health.SimulationTests.Platform;

namespace Health.SimulationTests.Day;

/// <summary>The platform of the day with its doors open: FHIR clients of the three institutions and the simulators around it.</summary>
public sealed class City : IAsyncLifetime
{
    private readonly Lazy<Task<Desk>> day;
    private RunningPlatform? platform;

    public City() => day = new(() => A_residents_day.Live(this));

    /// <summary>The day, lived once: who asks first lives it, who asks later finds what it left behind. Ends with the desk that is open.</summary>
    public Task<Desk> Day => day.Value;

    public RunningPlatform Platform => platform ?? throw new InvalidOperationException("The platform is not started.");
    public HttpClient Central { get; private set; } = null!;
    public HttpClient County { get; private set; } = null!;
    public HttpClient Centre { get; private set; } = null!;
    public HttpClient Operator { get; private set; } = null!;
    public HttpClient Commission { get; private set; } = null!;

    /// <summary>The hospital simulator's control door.</summary>
    public HttpClient Hospital { get; private set; } = null!;

    public HttpClient Insurer { get; private set; } = null!;
    public HttpClient CityCard { get; private set; } = null!;
    public HttpClient Acquirer { get; private set; } = null!;
    public HttpClient Desk { get; private set; } = null!;
    public HttpClient Chip { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        platform = await RunningPlatform.Start(demo: true, CancellationToken.None);
        Central = await Platform.Client("demo-hospital");
        County = await Platform.Client("demo-county");
        Centre = await Platform.Client("demo-centre");
        Operator = await Platform.Client("demo-operator");
        Commission = await Platform.Client("demo-commission");
        Desk = At(11);
        Hospital = At(12);
        Insurer = At(13);
        CityCard = At(14);
        Chip = At(15);
        Acquirer = At(16);
        await WarmUp();
    }

    public async ValueTask DisposeAsync()
    {
        if (platform is not null) await platform.DisposeAsync();
    }

    /// <summary>
    /// One message of an unknown sender, and its way into the record: the first of its kind compiles what the promise of one second speaks of.
    /// </summary>
    private async Task WarmUp()
    {
        using var open = await Platform.Client("demo-open");
        using var mllp = new MllpClient(Platform.MllpPort);
        var message = string.Join('\r', "MSH|^~\\&|WARM|UP|HIE|MY|20150601080000||ADT^A04|WARM-1|P|2.5.1", "EVN|A04|20150601080000", "PID|1||W1^^^UP^MR||热身||19800101|M", "PV1|1|O|0101||||||||||||||||W1") + "\r";
        Assert.Contains("MSA|AA|", await mllp.Send(message, CancellationToken.None), StringComparison.Ordinal);
        await open.SearchWithin("Patient?identifier=urn:health:institution:MY510700T001:patient|W1", 1, TimeSpan.FromSeconds(60));
        await open.Search("Encounter?identifier=urn:none|none");
        await open.Search("Observation?date=2015-06-01&_sort=-date");
    }

    /// <summary>Has the hospital simulator send one message of an ordinary day; returns the acknowledgement's text.</summary>
    public async Task<string> Send(string scenario, object message)
    {
        using var answer = await Hospital.PostAsJsonAsync($"/scenarios/{scenario}", message);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, text);
        using var json = JsonDocument.Parse(text);
        return json.RootElement.GetProperty("acknowledgement").GetProperty("text").GetString() ?? "";
    }

    private HttpClient At(int offset) => new() { BaseAddress = new Uri($"http://127.0.0.1:{Platform.Port + offset}") };
}
