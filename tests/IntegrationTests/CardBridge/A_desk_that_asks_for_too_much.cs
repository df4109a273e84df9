using System.Net;
using System.Net.Http.Json;
using Health.IntegrationTests.Platform;

namespace Health.IntegrationTests.CardBridge;

[Collection<BridgeCollection>]
public sealed class A_desk_that_asks_for_too_much(BridgeHouse house)
{
    [Theory]
    [InlineData("-1")]
    [InlineData("0")]
    [InlineData("9223372036854775807")]
    [InlineData("10000001")]
    public async Task is_refused_amounts_that_are_none(string fen)
    {
        var desk = await house.ResidentAtTheDesk();
        await desk.Register();
        var (status, body) = await desk.PreSettle([new { code = "001102000010000", name = "诊察费", quantity = 1, amountFen = long.Parse(fen) }]);
        Assert.Equal((HttpStatusCode.UnprocessableEntity, "feeLines[0].amountFen"), (status, body.GetProperty("expression").GetString()));
    }

    [Fact]
    public async Task is_refused_a_debit_of_another_amount_another_purse_or_after_its_time()
    {
        var desk = await house.ResidentAtTheDesk();
        await desk.UpToPreSettlement();
        var intent = desk.Initialise(3_000, out _);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await desk.Intend(intent with { AmountFen = 2_999 })).Status);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await desk.Intend(intent with { AmountFen = -3_000 })).Status);
        Assert.Equal(HttpStatusCode.Conflict, (await desk.Intend(intent with { PurseNo = "9999999999999999" })).Status);
        Assert.Equal(HttpStatusCode.Conflict, (await desk.Settle()).Status);
    }

    [Fact]
    public async Task sees_an_unmapped_fee_line_named_and_may_correct_it()
    {
        var desk = await house.ResidentAtTheDesk();
        await desk.Register();
        var (status, body) = await desk.PreSettle([new { code = "LOCAL-7", name = "院内项目", quantity = 1, amountFen = 500 }]);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, status);
        Assert.Contains("LOCAL-7", body.GetProperty("detail").GetString());
        Assert.Equal(3_000, (await desk.PreSettle()).Body.GetProperty("selfFen").GetInt64());
    }

    [Fact]
    public async Task of_another_institution_finds_nothing_and_without_the_role_gets_nowhere()
    {
        var desk = await house.ResidentAtTheDesk();
        await desk.Register();
        var path = $"card/visits/{Uri.EscapeDataString(desk.VisitTx)}";
        Assert.Equal(HttpStatusCode.NotFound, (await house.Host.Http.As("other-desk", BridgeHouse.Hospital, "desk").GetAsync(path, TestContext.Current.CancellationToken)).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await house.Host.Http.As("demo-hospital", BridgeHouse.Centre, "clinician").GetAsync(path, TestContext.Current.CancellationToken)).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await house.Host.Http.GetAsync(path, TestContext.Current.CancellationToken)).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await house.Host.Http.As("demo-desk", BridgeHouse.Centre, "desk").GetAsync("card/worklist", TestContext.Current.CancellationToken)).StatusCode);
    }

    [Fact]
    public async Task never_meets_the_flag_of_the_patient_before()
    {
        var (blocked, free) = (await house.ResidentAtTheDesk(), await house.ResidentAtTheDesk());
        await blocked.UpToPreSettlement();
        await free.UpToPreSettlement();
        (await house.Company.Http.PostAsJsonAsync("blacklist", new { purseNo = blocked.PurseNo, blocked = true }, TestContext.Current.CancellationToken)).EnsureSuccessStatusCode();
        Assert.Equal(HttpStatusCode.Conflict, (await blocked.Intend(blocked.Initialise(3_000, out _))).Status);
        Assert.Equal(HttpStatusCode.OK, (await free.Intend(free.Initialise(3_000, out _))).Status);
        Assert.Equal(HttpStatusCode.Conflict, (await blocked.Intend(blocked.Initialise(3_000, out _))).Status);
        Assert.False((await blocked.Tap()).Body.GetProperty("bound").GetBoolean());
        Assert.True((await free.Tap()).Body.GetProperty("bound").GetBoolean());
    }

    [Fact]
    public async Task gets_no_debit_while_the_blacklist_cannot_be_had()
    {
        var desk = await house.ResidentAtTheDesk();
        await desk.UpToPreSettlement();
        var intent = desk.Initialise(3_000, out _);
        await house.Restart();
        var again = new TestDeskAfterRestart(house, desk);
        // As long as it lasts: the publisher of the signed list asks too.
        await house.Company.Fault(new { operation = "blacklist", mode = "error", count = 1_000 });
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await again.Intend(intent));
        await house.Company.NoMoreFaults();
        Assert.Equal(HttpStatusCode.OK, await again.Intend(intent));
    }

    private sealed class TestDeskAfterRestart(BridgeHouse house, TestDesk desk)
    {
        public async Task<HttpStatusCode> Intend(object intent) =>
            (await BridgeHouse.Call(house.Host.Http.As("demo-desk", BridgeHouse.Centre, "desk"), $"card/visits/{Uri.EscapeDataString(desk.VisitTx)}/debit/intent", intent)).Status;
    }
}
