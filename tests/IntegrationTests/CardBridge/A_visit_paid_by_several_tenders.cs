using System.Net;
using System.Text.Json;
using Health.CardBridge.Settlements;
using Health.Cards;
using Health.Contracts;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Health.IntegrationTests.CardBridge;

[Collection<BridgeCollection>]
public sealed class A_visit_paid_by_several_tenders(BridgeHouse house)
{
    private const string Code = "286420135792468013";

    [Fact]
    public async Task adds_up_in_the_ledger_at_every_party_and_on_the_receipt()
    {
        var desk = await Planned(("mobile", 1_000), ("purse", 1_500), ("cash", 500));
        Assert.Equal(HttpStatusCode.Conflict, (await desk.Settle()).Status);
        var collected = (await desk.Collect("1", Code)).Body;
        Assert.Equal(("collecting", 2_000), (collected.GetProperty("state").GetString(), collected.GetProperty("leftFen").GetInt64()));
        await PayByPurse(desk, 1_500);
        Assert.Equal("debited", (await desk.Collect("3")).Body.GetProperty("state").GetString());
        var texts = (await desk.SettleUntilDone()).GetProperty("receipt").GetProperty("texts").GetProperty("zh").EnumerateArray().Select(line => line.GetString()).ToList();
        Assert.Contains("移动支付(自付) ¥10.00", texts);
        Assert.Contains("城市卡支付(自付) ¥15.00", texts);
        Assert.Contains("现金支付(自付) ¥5.00", texts);
        Assert.Equal(new() { ["mobile"] = 1_000, ["city-card"] = 1_500, ["cash"] = 500, ["insurer"] = 7_000, ["his"] = 10_000 }, await Ledger(desk));
        Assert.Equal(1_000, Assert.Single(await Orders(desk)).GetProperty("amountFen").GetInt64());
        var number = await Number(desk);
        Assert.Contains((await house.His.Http.GetStringAsync("his/settlements")).Split('\n'), line => line.Contains($",{number},10000,charge,", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("lose-answer")]
    [InlineData("contradict")]
    [InlineData("duplicate")]
    public async Task whose_acquirer_is_not_to_be_relied_on_is_collected_once(string mode)
    {
        var desk = await Planned(("bank", 3_000));
        await house.Acquirer.Fault(new { operation = "pay", mode, match = await Number(desk) });
        await desk.Collect("1", Code);
        await desk.Until("debited");
        await desk.SettleUntilDone();
        Assert.Equal("paid", Assert.Single(await Orders(desk)).GetProperty("state").GetString());
        Assert.Equal(3_000, (await Ledger(desk))["bank"]);
    }

    [Fact]
    public async Task whose_payment_never_arrived_is_closed_and_paid_under_another_number()
    {
        var desk = await Planned(("mobile", 3_000));
        await house.Acquirer.Fault(new { operation = "pay", mode = "error", match = await Number(desk) });
        Assert.Equal((HttpStatusCode.Accepted, "tender-unknown"), await Said(desk.Collect("1", Code)));
        await desk.Until("pre-settled");
        Assert.Empty((await Ledger(desk)).Keys.Except(["insurer"]));
        Assert.Equal("debited", (await desk.Collect("1", Code)).Body.GetProperty("state").GetString());
        Assert.Equal(["closed", "paid"], (await Orders(desk)).Select(order => order.GetProperty("state").GetString()!).Order());
    }

    [Fact]
    public async Task without_money_on_one_leg_goes_on_with_another()
    {
        var desk = await Planned(("bank", 3_000));
        Assert.Equal((HttpStatusCode.OK, "pre-settled"), await Said(desk.Collect("1", "2864201357924600")));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await desk.Plan(("cash", 2_999))).Status);
        Assert.Equal("2", (await desk.Plan(("cash", 3_000))).Body.GetProperty("tenders")[0].GetProperty("leg").GetString());
        await desk.Collect("2");
        await desk.SettleUntilDone();
        Assert.Equal(3_000, (await Ledger(desk))["cash"]);
    }

    [Fact]
    public async Task whose_settlement_is_refused_gets_every_leg_back()
    {
        var desk = await Planned(("mobile", 1_000), ("purse", 1_500), ("cash", 500));
        await desk.Collect("1", Code);
        await PayByPurse(desk, 1_500);
        await desk.Collect("3");
        await house.Insurer.Fault(new { infno = "2207", mode = "refuse", count = 1 });
        await desk.Settle();
        await desk.Until("refund-held");
        Assert.Equal(HttpStatusCode.Conflict, (await desk.HandBack("1")).Status);
        Assert.Equal((HttpStatusCode.OK, "refunded"), await Said(desk.HandBack("3")));
        Assert.Equal(new() { ["mobile"] = 0, ["city-card"] = 0, ["cash"] = 0 }, await Ledger(desk));
    }

    [Fact]
    public async Task and_reversed_is_undone_everywhere_with_a_red_receipt()
    {
        var desk = await Planned(("mobile", 1_000), ("purse", 2_000));
        await desk.Collect("1", Code);
        await PayByPurse(desk, 2_000);
        await desk.SettleUntilDone();
        Assert.Equal(HttpStatusCode.OK, (await desk.Rate(5)).Status);
        Assert.Equal(HttpStatusCode.Conflict, (await desk.Rate(4)).Status);
        await house.Insurer.Fault(new { infno = "2208", mode = "lose-answer", count = 1 });
        await desk.Reverse();
        var visit = await desk.Until("reversed");
        Assert.EndsWith("-R", visit.GetProperty("redReceiptNumber").GetString());
        Assert.Equal((HttpStatusCode.OK, "reversed"), await Said(desk.Reverse()));
        Assert.Equal(new() { ["mobile"] = 0, ["city-card"] = 0, ["insurer"] = 0, ["his"] = 0 }, await Ledger(desk));
        Assert.Equal(["charge", "refund"], (await house.His.Http.GetStringAsync("his/settlements")).Split('\n').Where(line => line.Contains(visit.GetProperty("visitNumber").GetString()!, StringComparison.Ordinal)).Select(line => line.Split(',')[3]).Order());
        Assert.Equal(("cancelled", "100.00"), await Invoice(desk, "Invoice"));
        Assert.Equal(("issued", "-100.00"), await Invoice(desk, "ReversingInvoice"));
    }

    [Fact]
    public async Task is_cancelled_before_any_money_moved()
    {
        var desk = await house.ResidentAtTheDesk();
        await desk.Register();
        Assert.Equal((HttpStatusCode.OK, "cancelled"), await Said(desk.Cancel()));
        Assert.Equal((HttpStatusCode.OK, "cancelled"), await Said(desk.Cancel()));
        var encounter = JsonDocument.Parse((await house.Records.Read("Encounter", (await desk.Show()).GetProperty("encounterId").GetString()!, default))!.Value).RootElement;
        Assert.Equal("cancelled", encounter.GetProperty("status").GetString());
    }

    private async Task<TestDesk> Planned(params (string, long)[] tenders)
    {
        var desk = await house.ResidentAtTheDesk();
        Assert.Equal(3_000, await desk.UpToPreSettlement());
        var (status, body) = await desk.Plan(tenders);
        Assert.True(status == HttpStatusCode.OK, body.ToString());
        Assert.Equal(body.ToString(), (await desk.Plan(tenders)).Body.ToString());
        return desk;
    }

    private static async Task PayByPurse(TestDesk desk, long fen)
    {
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await desk.Intend(desk.Initialise(fen, out _) with { AmountFen = fen + 1 })).Status);
        var intent = desk.Initialise(fen, out var purse);
        Assert.Equal((HttpStatusCode.OK, "reserved"), await Said(desk.Intend(intent)));
        var debited = Assert.IsType<DebitOutcome.Debited>(purse.Debit(intent));
        Assert.Equal(HttpStatusCode.OK, (await desk.Report(intent, "debited", debited.Tac, debited.Mac2)).Status);
    }

    private static async Task<(HttpStatusCode, string)> Said(Task<(HttpStatusCode Status, JsonElement Body)> call)
    {
        var (status, body) = await call;
        return (status, body.TryGetProperty("state", out var state) ? state.GetString()! : body.ToString());
    }

    private async Task<Dictionary<string, long>> Ledger(TestDesk desk)
    {
        await using var connection = new NpgsqlConnection(house.Host.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand("select party, sum(amount_fen)::bigint from cards.ledger where visit_tx = $1 and state = 'decided' and cashier = 'client:demo-desk' group by party", connection) { Parameters = { new() { Value = desk.VisitTx } } };
        await using var reader = await command.ExecuteReaderAsync();
        Dictionary<string, long> sums = [];
        while (await reader.ReadAsync()) sums[reader.GetString(0)] = reader.GetInt64(1);
        return sums;
    }

    private async Task<List<JsonElement>> Orders(TestDesk desk)
    {
        var number = await Number(desk);
        return [.. (await house.Acquirer.Ledger()).GetProperty("orders").EnumerateArray().Where(order => order.GetProperty("orderNo").GetString()!.Contains(number, StringComparison.Ordinal))];
    }

    private async Task<(string?, string)> Invoice(TestDesk desk, string kind)
    {
        var id = house.Host.Services.GetRequiredService<IKeyring>().DeriveId(kind, VisitResources.SettlementSystem, desk.VisitTx);
        var invoice = JsonDocument.Parse((await house.Records.Read("Invoice", id, default))!.Value).RootElement;
        return (invoice.GetProperty("status").GetString(), invoice.GetProperty("totalGross").GetProperty("value").GetRawText());
    }

    private static async Task<string> Number(TestDesk desk) => (await desk.Show()).GetProperty("visitNumber").GetString()!;
}
