using System.Net;
using Health.Cards;

namespace Health.IntegrationTests.CardBridge;

[Collection<BridgeCollection>]
public sealed class A_torn_debit(BridgeHouse house)
{
    [Theory]
    [InlineData(TearPoint.AfterExecution)]
    [InlineData(TearPoint.DuringAnswer)]
    public async Task that_was_committed_is_unknown_then_proved_and_settled_once(TearPoint point)
    {
        var (desk, intent) = await Torn(point);
        Assert.Equal(HttpStatusCode.Conflict, (await desk.Settle()).Status);
        Assert.Contains((await desk.Open()).EnumerateArray(), visit => visit.GetProperty("visitTx").GetString() == desk.VisitTx && visit.GetProperty("state").GetString() == "purse-unknown");
        var charged = Assert.IsType<ProofOutcome.Charged>(desk.Prove(intent));
        Assert.Equal("debited", (await desk.Report(intent, "proved-charged", charged.Tac, charged.Mac2)).Body.GetProperty("state").GetString());
        await desk.SettleUntilDone();
        Assert.Equal(50_000 - 3_000, desk.Card.BalanceFen);
    }

    [Fact]
    public async Task that_was_not_committed_is_unknown_then_disproved_and_paid_once()
    {
        var (desk, intent) = await Torn(TearPoint.BeforeExecution);
        Assert.IsType<ProofOutcome.NotCharged>(desk.Prove(intent));
        Assert.Equal("pre-settled", (await desk.Report(intent, "proved-not-charged")).Body.GetProperty("state").GetString());
        var again = desk.Initialise(3_000, out var purse);
        Assert.Equal("reserved", (await desk.Intend(again)).Body.GetProperty("state").GetString());
        var debited = Assert.IsType<DebitOutcome.Debited>(purse.Debit(again));
        await desk.Report(again, "debited", debited.Tac, debited.Mac2);
        await desk.SettleUntilDone();
        Assert.Equal(50_000 - 3_000, desk.Card.BalanceFen);
    }

    [Fact]
    public async Task forbids_a_new_debit_and_takes_no_false_proof()
    {
        var (desk, intent) = await Torn(TearPoint.AfterExecution);
        Assert.Equal(HttpStatusCode.Conflict, (await desk.Intend(intent with { TermSeq = intent.TermSeq + 1_000_000 })).Status);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await desk.Report(intent, "proved-charged", "00000000", "00000000")).Status);
        Assert.Equal("purse-unknown", (await desk.Intend(intent)).Body.GetProperty("state").GetString());
        using var response = await house.Operator.GetAsync("card/worklist", TestContext.Current.CancellationToken);
        var list = await BridgeHouse.Body(response);
        Assert.Contains(list.GetProperty("visits").EnumerateArray(), visit => visit.GetProperty("visitTx").GetString() == desk.VisitTx);
    }

    private async Task<(TestDesk Desk, PurseIntent Intent)> Torn(TearPoint point)
    {
        var desk = await house.ResidentAtTheDesk();
        var intent = desk.Initialise(await desk.UpToPreSettlement(), out var purse);
        Assert.Equal("reserved", (await desk.Intend(intent)).Body.GetProperty("state").GetString());
        desk.Card.Tear = TearPlan.AtDebit(point, answerBytes: 3);
        Assert.IsType<DebitOutcome.Unknown>(purse.Debit(intent));
        Assert.Equal("purse-unknown", (await desk.Report(intent, "unknown")).Body.GetProperty("state").GetString());
        return (desk, intent);
    }
}
