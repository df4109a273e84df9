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

    /// <summary>
    /// After a crash: puts the card in again and does whatever the visit at the desk still needs until it is settled and closed. False when it is not within the patience.
    /// </summary>
    public async Task<bool> Finish(string image, object[] fees, TimeSpan patience)
    {
        var clock = Stopwatch.StartNew();
        using var again = new PeriodicTimer(TimeSpan.FromMilliseconds(200));
        for (var inserted = false; clock.Elapsed < patience; await again.WaitForNextTickAsync())
        {
            try
            {
                if (!inserted) await Insert(image);
                inserted = true;
                var state = await agent.GetFromJsonAsync<JsonElement>("/api/state");
                if (await Settled(state, fees)) return true;
            }
            catch (Exception notYet) when (notYet is HttpRequestException or IOException or OperationCanceledException or Xunit.Sdk.XunitException)
            {
                // Not back yet, or not to be done in this state: looked at again.
                if (notYet is HttpRequestException) inserted = false;
            }
        }
        return false;
    }

    private async Task<bool> Settled(JsonElement state, object[] fees)
    {
        if (state.GetProperty("undecided").GetArrayLength() > 0 || state.GetProperty("unreported").GetInt32() > 0) return false;
        var stage = state.TryGetProperty("visit", out var visit) && visit.ValueKind == JsonValueKind.Object ? visit.GetProperty("stage").GetString()!.ToLowerInvariant() : "none";
        switch (stage)
        {
            case "none" or "requested": await Do("register", new { departmentCode = "0300" }); return false;
            case "registered": await Do("pre-settlement", new { feeLines = fees }); return false;
            case "presettled" or "pre-settled" or "paid": await Do("pay", new { }); return false;
            case "settled": await Do("close", new { }); return true;
            default: return false;
        }
    }

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
