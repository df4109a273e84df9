using System.Net;
using System.Text.Json;
using Health.IntegrationTests.Platform;

namespace Health.IntegrationTests.CardBridge;

[Collection<BridgeCollection>]
public sealed class The_life_of_a_card_at_the_counter(BridgeHouse house)
{
    [Fact]
    public async Task is_interrupted_by_a_lock_and_ended_by_cancellation_and_the_shredder()
    {
        var desk = await house.ResidentAtTheDesk();
        Assert.Equal((HttpStatusCode.OK, "locked"), await Act(desk, "lock", new { reason = "three wrong proofs" }));
        Assert.Equal("locked", (await desk.Tap()).Body.GetProperty("reason").GetString());
        Assert.Equal((HttpStatusCode.OK, "active"), await Act(desk, "unlock"));
        Assert.Equal((HttpStatusCode.Conflict, null), await Act(desk, "destruction"));
        Assert.Equal((HttpStatusCode.UnprocessableEntity, null), await Act(desk, "cancel", new { reason = "" }));
        for (var i = 0; i < 2; i++) Assert.Equal((HttpStatusCode.OK, "cancelled"), await Act(desk, "cancel", new { reason = "moved away" }));
        Assert.Equal((HttpStatusCode.OK, "destroyed"), await Act(desk, "destruction"));
        Assert.Equal((HttpStatusCode.Conflict, null), await Act(desk, "found"));
        Assert.Equal("destroyed", (await desk.Tap()).Body.GetProperty("reason").GetString());
    }

    [Fact]
    public async Task goes_on_with_a_new_chip_and_a_new_purse_and_the_old_ones_are_dead()
    {
        var desk = await house.ResidentAtTheDesk();
        var old = desk.Card.ChipSerial;
        await Act(desk, "loss");
        var (status, replaced) = await Replace(desk, old);
        Assert.True(status == HttpStatusCode.OK, replaced.ToString());
        var chip = replaced.GetProperty("chipSerial").GetString()!;
        Assert.NotEqual(old, chip);
        Assert.NotEqual(desk.PurseNo, replaced.GetProperty("purseNo").GetString());
        Assert.Equal((HttpStatusCode.OK, chip), (await Replace(desk, old)) is var (again, body) ? (again, body.GetProperty("chipSerial").GetString()) : default);
        Assert.Equal("replaced", (await desk.Tap()).Body.GetProperty("reason").GetString());
        Assert.Equal(("active", replaced.GetProperty("purseNo").GetString()), (await desk.Tap(chip)).Body is var tap ? (tap.GetProperty("cardState").GetString(), tap.GetProperty("purseNo").GetString()) : default);
        Assert.Equal(HttpStatusCode.Conflict, (await Replace(desk, "3100000000000000")).Status);
        await DatabaseCount.Until(house.Host.ConnectionString, $"select count(*) from cards.chip where chip_serial = '{old}' and ended = 'replaced'", 1, 10);
    }

    [Fact]
    public async Task goes_on_when_the_operator_did_not_answer_the_binding()
    {
        var desk = await house.ResidentAtTheDesk();
        var old = desk.Card.ChipSerial;
        await house.Company.Fault(new { operation = "bindings", mode = "lose-answer", count = 1 });
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await Replace(desk, old)).Status);
        Assert.Equal("replaced", (await desk.Tap()).Body.GetProperty("reason").GetString());
        var (status, replaced) = await Replace(desk, old);
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal(16, replaced.GetProperty("purseNo").GetString()!.Length);
    }

    [Fact]
    public async Task is_the_operators_alone()
    {
        var desk = await house.ResidentAtTheDesk();
        Assert.Equal(HttpStatusCode.Forbidden, (await BridgeHouse.Call(house.Desk, $"card/cards/{desk.IdNumber}/loss", new { })).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await BridgeHouse.Call(house.Desk, "card/loss-hotline", new { idNumber = desk.IdNumber })).Status);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await BridgeHouse.Call(house.Operator, "card/loss-hotline", new { idNumber = "510799199001010017" })).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await BridgeHouse.Call(house.Operator, "card/loss-hotline", new { idNumber = BridgeHouse.IdNumber(new DateOnly(1931, 1, 1), 998) })).Status);
        Assert.Equal("active", (await desk.Tap()).Body.GetProperty("cardState").GetString());
    }

    private async Task<(HttpStatusCode Status, string? State)> Act(TestDesk desk, string act, object? body = null)
    {
        var (status, answer) = await BridgeHouse.Call(house.Operator, $"card/cards/{desk.IdNumber}/{act}", body ?? new { });
        return (status, status == HttpStatusCode.OK ? answer.GetProperty("state").GetString() : null);
    }

    private Task<(HttpStatusCode Status, JsonElement Body)> Replace(TestDesk desk, string oldChipSerial) => BridgeHouse.Call(house.Operator, $"card/cards/{desk.IdNumber}/replacement", new { oldChipSerial });
}
