using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;

namespace Health.SimulationTests.Day;

/// <summary>The clerk's hands and eyes: the desk's local API, and the hand that inserts and pulls the chip.</summary>
public sealed class Desk
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private readonly HttpClient agent, chip;

    private Desk(HttpClient agent, HttpClient chip) => (this.agent, this.chip) = (agent, chip);

    public static async Task<Desk> Of(City city)
    {
        var token = (await File.ReadAllTextAsync(Path.Combine(city.Platform.Data, "desk", "pairing-token"))).Trim();
        city.Desk.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        // With a PC/SC reader the chip is a program of its own; with the direct transport the agent holds it.
        var chipIsOwnProgram = await Answers(city.Chip);
        if (!chipIsOwnProgram) city.Chip.Dispose();
        return new Desk(city.Desk, chipIsOwnProgram ? city.Chip : city.Desk);
    }

    public async Task Insert(string image) => await Post(chip, "/chip/insert", new { image });

    public async Task Remove() => await Post(chip, "/chip/remove", new { });

    public async Task TearNextDebit(string point) => await Post(chip, "/chip/tear", new { point, instruction = "54", skip = 0, answerBytes = 0 });

    public async Task<long> BalanceFen() => (await chip.GetFromJsonAsync<JsonElement>("/chip")).GetProperty("balanceFen").GetInt64();

    /// <summary>What the desk shows once it satisfies the condition.</summary>
    public async Task<JsonElement> Shows(Func<JsonElement, bool> condition, string what)
    {
        var clock = Stopwatch.StartNew();
        using var again = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        JsonElement state;
        do
        {
            state = await agent.GetFromJsonAsync<JsonElement>("/api/state");
            if (condition(state)) return state;
        }
        while (clock.Elapsed < Patience && await again.WaitForNextTickAsync());
        throw new Xunit.Sdk.XunitException($"The desk never shows {what}: {state.GetRawText()}");
    }

    /// <summary>Pays while the card is pulled: the desk must say that it does not know.</summary>
    public async Task<string> PayAndLoseTheCard()
    {
        using var answer = await agent.PostAsJsonAsync("/api/visit/pay", new { });
        Assert.Equal(HttpStatusCode.Conflict, answer.StatusCode);
        return await answer.Content.ReadAsStringAsync();
    }

    public async Task<JsonElement> Do(string action, object body) => await Post(agent, $"/api/visit/{action}", body);

    private static async Task<JsonElement> Post(HttpClient http, string path, object body)
    {
        using var answer = await http.PostAsJsonAsync(path, body);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, $"{path}: {(int)answer.StatusCode} {text}");
        return text.Length == 0 ? default : JsonDocument.Parse(text).RootElement;
    }

    private static async Task<bool> Answers(HttpClient http)
    {
        try
        {
            using var answer = await http.GetAsync("/chip");
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
