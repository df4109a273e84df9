using System.Net;
using System.Text.Json;
using Health.Cards;

namespace Health.IntegrationTests.CardBridge;

[Collection<BridgeCollection>]
public sealed class A_visit_paid_by_card(BridgeHouse house)
{
    [Fact]
    public async Task adds_up_at_the_desk_in_the_record_at_the_insurer_and_at_the_operator()
    {
        var desk = await house.ResidentAtTheDesk();
        await desk.UpToDebit();
        var settled = await desk.SettleUntilDone();
        var totals = settled.GetProperty("receipt").GetProperty("totals");
        long Fen(string part) => totals.GetProperty(part).GetInt64();
        Assert.Equal(10_000, Fen("totalFen"));
        Assert.Equal((6_000, 1_000, 3_000), (Fen("fundFen"), Fen("accountFen"), Fen("selfFen")));
        Assert.Equal(50_000 - 3_000, desk.Card.BalanceFen);
        Assert.Equal("closed", settled.GetProperty("state").GetString());

        var visit = await desk.Show();
        var encounter = await Record("Encounter", visit.GetProperty("encounterId").GetString()!);
        Assert.Equal("finished", encounter.GetProperty("status").GetString());
        Assert.Equal("card", encounter.GetProperty("extension")[0].GetProperty("valueCode").GetString());
        Assert.Equal("Organization/my510704w001", encounter.GetProperty("serviceProvider").GetProperty("reference").GetString());
        var patient = await Record("Patient", encounter.GetProperty("subject").GetProperty("reference").GetString()!.Split('/')[1]);
        Assert.Contains(patient.GetProperty("identifier").EnumerateArray(), i => i.GetProperty("value").GetString() == desk.IdNumber);

        var number = visit.GetProperty("visitNumber").GetString();
        var row = Assert.Single((await house.Insurer.Ledger()).GetProperty("settlements").EnumerateArray(), s => s.GetProperty("ipt_otp_no").GetString() == number);
        Assert.Equal(("settled", "100.00", "60.00", "10.00", "30.00"), (Text(row, "state"), Text(row, "medfee_sumamt"), Text(row, "fund_pay_sumamt"), Text(row, "acct_pay"), Text(row, "psn_cash_pay")));
        var debit = await DebitAtOperator(desk.PurseNo);
        Assert.True(debit.GetProperty("accepted").GetBoolean(), debit.ToString());
        Assert.Equal(3_000, debit.GetProperty("transaction").GetProperty("amountFen").GetInt64());
    }

    [Fact]
    public async Task answers_every_repeated_call_as_before_and_does_nothing_twice()
    {
        var desk = await house.ResidentAtTheDesk();
        await desk.Tap();
        var first = (await desk.Register()).Body.ToString();
        Assert.Equal(first, (await desk.Register()).Body.ToString());
        Assert.Equal(HttpStatusCode.Conflict, (await desk.Register("0400")).Status);
        var quote = (await desk.PreSettle()).Body.ToString();
        Assert.Equal(quote, (await desk.PreSettle()).Body.ToString());
        var intent = desk.Initialise(3_000, out var purse);
        Assert.Equal((await desk.Intend(intent)).Body.ToString(), (await desk.Intend(intent)).Body.ToString());
        var debited = Assert.IsType<DebitOutcome.Debited>(purse.Debit(intent));
        for (var i = 0; i < 2; i++) Assert.Equal("debited", (await desk.Report(intent, "debited", debited.Tac, debited.Mac2)).Body.GetProperty("state").GetString());
        var receipt = (await desk.SettleUntilDone()).GetProperty("receipt").ToString();
        Assert.Equal(receipt, (await desk.SettleUntilDone()).GetProperty("receipt").ToString());
        Assert.Equal(HttpStatusCode.OK, (await desk.Report(intent, "debited", debited.Tac, debited.Mac2)).Status);
        Assert.Equal(50_000 - 3_000, desk.Card.BalanceFen);
    }

    [Fact]
    public async Task sends_the_desk_hanging_up_and_calling_again_in_parallel_to_one_and_the_same_settlement()
    {
        var desk = await house.ResidentAtTheDesk();
        await desk.UpToDebit();
        var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => desk.SettleUntilDone()));
        Assert.Single(answers.Select(answer => answer.GetProperty("settlementId").GetString()).Distinct());
    }

    private async Task<JsonElement> Record(string type, string id)
    {
        var json = await house.Records.Read(type, id, default);
        Assert.True(json.HasValue, $"{type}/{id} is not in the record.");
        return JsonDocument.Parse(json.Value).RootElement;
    }

    private async Task<JsonElement> DebitAtOperator(string purseNo)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(200));
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (true)
        {
            var known = (await house.Company.Ledger()).GetProperty("debits").EnumerateArray().Where(d => d.GetProperty("transaction").GetProperty("purseNo").GetString() == purseNo).ToList();
            if (known.Count > 0) return Assert.Single(known);
            await timer.WaitForNextTickAsync(limit.Token);
        }
    }

    private static string? Text(JsonElement element, string name) => element.GetProperty(name).GetString();
}
