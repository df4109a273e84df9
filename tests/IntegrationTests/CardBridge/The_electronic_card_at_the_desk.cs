using System.Net;
using System.Text.Json;
using Health.IntegrationTests.Platform;

namespace Health.IntegrationTests.CardBridge;

[Collection<BridgeCollection>]
public sealed class The_electronic_card_at_the_desk(BridgeHouse house)
{
    [Fact]
    public async Task says_who_it_is_once_and_is_refused_when_read_again()
    {
        var (idNumber, name) = await Holder();
        var code = await Code(new { idNumber });
        var (status, tap) = await Tap(code, "tap-1");
        Assert.True(status == HttpStatusCode.OK, tap.ToString());
        Assert.Equal(("active", name, "none"), (tap.GetProperty("cardState").GetString(), tap.GetProperty("patientName").GetString(), tap.GetProperty("purseState").GetString()));
        // The same reading asked for again answers as before; another reading, or another desk, is a replay.
        Assert.Equal(tap.ToString(), (await Tap(code, "tap-1")).Body.ToString());
        Assert.Equal(HttpStatusCode.Conflict, (await Tap(code, "tap-2")).Status);
        Assert.Equal(HttpStatusCode.Conflict, (await Tap(code, null)).Status);
        Assert.Equal(HttpStatusCode.Conflict, (await Tap(code, "tap-1", "desk-2")).Status);
    }

    [Fact]
    public async Task read_at_twenty_desks_at_once_is_taken_by_one()
    {
        var code = await Code(new { idNumber = (await Holder()).IdNumber });
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => Tap(code, null, $"desk-{i}")));
        Assert.Single(answers, answer => answer.Status == HttpStatusCode.OK);
        Assert.Equal(19, answers.Count(answer => answer.Status == HttpStatusCode.Conflict));
    }

    [Fact]
    public async Task as_a_printed_code_is_read_again_and_again_until_the_card_is_lost()
    {
        var (idNumber, _) = await Holder();
        var code = await Code(new { idNumber, kind = "static" });
        for (var i = 0; i < 2; i++) Assert.Equal("active", (await Tap(code, null)).Body.GetProperty("cardState").GetString());
        await BridgeHouse.Call(house.Operator, "card/loss-hotline", new { idNumber });
        var tap = (await Tap(code, null)).Body;
        Assert.Equal(("blocked", "lost", JsonValueKind.Null), (tap.GetProperty("cardState").GetString(), tap.GetProperty("reason").GetString(), tap.GetProperty("patientName").ValueKind));
        Assert.Equal(HttpStatusCode.Conflict, (await BridgeHouse.Call(house.Operator, "card/codes", new { idNumber })).Status);
    }

    [Fact]
    public async Task forged_altered_or_malformed_is_refused()
    {
        var code = await Code(new { idNumber = (await Holder()).IdNumber });
        foreach (var wrong in new[] { "", "hello", code[..^10], code.Replace(":0:", ":1:", StringComparison.Ordinal), code[..80] + (code[80] == 'A' ? 'B' : 'A') + code[81..], new string('a', 100_000) })
            Assert.Equal(HttpStatusCode.UnprocessableEntity, (await Tap(wrong, null)).Status);
        Assert.Equal(HttpStatusCode.OK, (await Tap(code, null)).Status);
    }

    [Fact]
    public async Task is_shown_to_its_resident_and_to_nobody_elses()
    {
        var (idNumber, _) = await Holder();
        var (_, card) = await BridgeHouse.Call(house.Operator, "card/electronic", new { idNumber, institutionCode = BridgeHouse.Hospital });
        var portal = house.Host.Http.As("portal", null, "resident", resident: card.GetProperty("residentId").GetString());
        var (status, shown) = await BridgeHouse.Call(portal, "card/codes/mine", new { });
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal("active", (await Tap(shown.GetProperty("code").GetString()!, null)).Body.GetProperty("cardState").GetString());
        Assert.Equal(HttpStatusCode.NotFound, (await BridgeHouse.Call(house.Host.Http.As("portal", null, "resident", resident: "someone"), "card/codes/mine", new { })).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await BridgeHouse.Call(house.Host.Http.As("portal", null, "resident"), "card/codes/mine", new { })).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await BridgeHouse.Call(house.Desk, "card/codes", new { idNumber })).Status);
    }

    [Fact]
    public async Task becomes_plastic_by_a_replacement()
    {
        var (idNumber, _) = await Holder();
        var (_, card) = await BridgeHouse.Call(house.Operator, "card/electronic", new { idNumber, institutionCode = BridgeHouse.Hospital });
        var number = card.GetProperty("chipSerial").GetString()!;
        Assert.StartsWith("E", number, StringComparison.Ordinal);
        var (status, plastic) = await BridgeHouse.Call(house.Operator, $"card/cards/{idNumber}/replacement", new { oldChipSerial = number });
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal(("active", 16), (plastic.GetProperty("state").GetString(), plastic.GetProperty("purseNo").GetString()!.Length));
    }

    private async Task<(string IdNumber, string Name)> Holder()
    {
        var resident = await house.Resident();
        var (status, card) = await BridgeHouse.Call(house.Operator, "card/electronic", new { idNumber = resident.IdNumber, institutionCode = BridgeHouse.Hospital });
        Assert.True(status == HttpStatusCode.OK, card.ToString());
        Assert.Equal(("active", JsonValueKind.Null), (card.GetProperty("state").GetString(), card.GetProperty("purseNo").ValueKind));
        return resident;
    }

    private async Task<string> Code(object which)
    {
        var (status, shown) = await BridgeHouse.Call(house.Operator, "card/codes", which);
        Assert.True(status == HttpStatusCode.OK, shown.ToString());
        return shown.GetProperty("code").GetString()!;
    }

    private Task<(HttpStatusCode Status, JsonElement Body)> Tap(string code, string? tapId, string deskId = "desk-1") => BridgeHouse.Call(house.Desk, "card/taps/qr", new { deskId, code, tapId });
}
