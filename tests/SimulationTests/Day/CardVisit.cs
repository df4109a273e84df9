using System.Text.Json;

namespace Health.SimulationTests.Day;

/// <summary>Point 5: a card is issued, tapped at the health centre's desk, the visit registered, settled and paid; the record tells it all.</summary>
public static class CardVisit
{
    public static readonly object[] Fees =
    [
        new { code = "GH001", name = "普通门诊诊察费", quantity = 1, amountFen = 1000L },
        new { code = "JC0105", name = "血细胞分析", quantity = 1, amountFen = 1800L },
    ];

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(10);

    public static async Task<Desk> Is_registered_and_paid(City city, Person person)
    {
        var (code, text) = await city.Platform.Verb("cards", "issue", "--id-number", person.IdNumber, "--image", Path.Combine(city.Platform.Data, "chips", "resident.json"));
        Assert.True(code == 0, text);
        var desk = await Desk.Of(city);
        await desk.Insert("resident.json");
        var shown = await desk.Shows(state => CardState(state) == "identified", "who it is");
        Assert.Equal(person.Name, shown.Text("card", "name"));
        Assert.True(shown.GetProperty("card").GetProperty("bound").GetBoolean());
        Assert.InRange(shown.GetProperty("card").GetProperty("apdus").GetInt32(), 1, 13);
        var before = await desk.BalanceFen();

        var registered = await desk.Do("register", new { departmentCode = "0300" });
        var visitNumber = registered.Text("visit", "visitNumber");
        var split = (await desk.Do("pre-settlement", new { feeLines = Fees })).GetProperty("visit");
        Assert.Equal(2800, Fen(split, "totalFen"));
        Assert.Equal(2800, Fen(split, "fundFen") + Fen(split, "accountFen") + Fen(split, "selfFen"));
        var paid = (await desk.Do("pay", new { })).GetProperty("visit");
        Assert.Equal("settled", paid.Text("stage"), ignoreCase: true);
        Assert.Equal(before - Fen(split, "selfFen"), await desk.BalanceFen());
        Assert.Contains("28.00", paid.Text("receipt"), StringComparison.Ordinal);

        await The_record_tells_it(city, visitNumber, split);
        await The_clinics_own_message_meets_the_same_encounter(city, person, visitNumber);
        await desk.Do("close", new { });
        return desk;
    }

    public static string CardState(JsonElement state) => state.TryGetProperty("card", out var card) && card.ValueKind == JsonValueKind.Object ? card.Text("state") : "";

    public static long Fen(JsonElement visit, string name) => visit.GetProperty(name).GetInt64();

    private static async Task The_record_tells_it(City city, string visitNumber, JsonElement split)
    {
        var encounter = Assert.Single(await city.Centre.SearchWithin($"Encounter?identifier={Visit(visitNumber)}", 1, Soon));
        Assert.Equal("finished", encounter.Text("status"));
        var patient = encounter.Text("subject", "reference");
        Assert.NotEmpty(await city.Centre.SearchWithin($"Coverage?beneficiary={patient}", 1, Soon));
        var claim = Assert.Single(await city.Centre.SearchWithin($"Claim?patient={patient}", 1, Soon));
        Assert.Equal("28.00", claim.GetProperty("total").GetProperty("value").GetRawText());
        var response = Assert.Single(await city.Centre.SearchWithin($"ClaimResponse?patient={patient}", 1, Soon));
        Assert.Equal(claim.Reference(), response.Text("request", "reference"));
    }

    private static async Task The_clinics_own_message_meets_the_same_encounter(City city, Person person, string visitNumber)
    {
        var message = new { host = "127.0.0.1", port = city.Platform.MllpPort, sender = "yxws", patient = person.At("C0001"), visitNumber, time = "20150603090000" };
        Assert.Contains("MSA|AA|", await city.Send("registration", message), StringComparison.Ordinal);
        // The message's own mark on the one Encounter: its class of the visit's department arrives with a second Provenance.
        var found = Assert.Single(await city.Centre.Search($"Encounter?identifier={Visit(visitNumber)}"));
        Assert.NotEmpty(await city.Centre.SearchWithin($"Provenance?target={found.Reference()}", 1, Soon));
        var encounter = Assert.Single(await city.Centre.Search($"Encounter?identifier={Visit(visitNumber)}"));
        Assert.Equal("finished", encounter.Text("status"));
        var patient = await city.Centre.ReadResource(encounter.Text("subject", "reference"));
        Assert.Equal(person.Name, patient.Text("name", "0", "text"));
    }

    private static string Visit(string number) => $"urn:health:institution:MY510704W001:visit|{number}";
}
