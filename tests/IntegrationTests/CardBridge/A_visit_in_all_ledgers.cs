using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Health.Cards;
using Health.Contracts;
using Health.IntegrationTests.Platform;
using Microsoft.Extensions.DependencyInjection;

namespace Health.IntegrationTests.CardBridge;

/// <summary>Real visits, and the statements as the simulators give them.</summary>
[Collection<BridgeCollection>]
public sealed class A_visit_in_all_ledgers(BridgeHouse house)
{
    private static readonly TimeSpan China = TimeSpan.FromHours(8);

    private async Task<(Accounts Day, Func<Task<TestDesk>> Desk)> Clinic()
    {
        var now = house.Now.ToOffset(China);
        var day = new Accounts(house) { Day = DateOnly.FromDateTime(now.DateTime) };
        await house.Host.Services.GetRequiredService<IDirectory>().Register(new Institution(day.Clinic, "对账演示诊所", "Reconciliation Demo Clinic", "510704", "D100"), new EventHeader("city", "client:test", PurposeOfUse.TREAT, "test"), default);
        return (day, async () => (await house.ResidentAtTheDesk()).At(day.Desk, day.Terminal, now.DateTime));
    }

    private static JsonElement Party(JsonElement result, string party) => result.GetProperty("parties").EnumerateArray().Single(p => p.GetProperty("party").GetString() == party);

    [Fact]
    public async Task agrees_at_the_operator_the_insurer_and_the_hospital()
    {
        var (day, arrive) = await Clinic();
        for (var i = 0; i < 2; i++)
        {
            var desk = await arrive();
            await desk.UpToDebit();
            await desk.SettleUntilDone();
            await Told(desk);
        }
        var result = await day.Run(collect: true);
        Assert.True(result.GetProperty("state").GetString() == "matched", (await day.Show()).ToString());
        foreach (var (party, form, fen) in new[] { ("city-card", "lines", 6_000), ("insurer", "totals", 14_000), ("his", "lines", 20_000) })
        {
            var found = Party(result, party);
            Assert.Equal((form, fen, fen, 2), (found.GetProperty("form").GetString(), found.GetProperty("oursFen").GetInt64(), found.GetProperty("theirsFen").GetInt64(), found.GetProperty("matched").GetInt32()));
        }

        // Once the totals differ, the insurer's detail file says where.
        await day.Enter("insurer", $"S-nowhere-{day.Clinic}", 500);
        result = await day.Run(collect: true);
        Assert.Equal(("differing", "lines", 2), (result.GetProperty("state").GetString(), Party(result, "insurer").GetProperty("form").GetString(), Party(result, "insurer").GetProperty("matched").GetInt32()));
        var difference = Assert.Single((await day.Show()).GetProperty("differences").EnumerateArray());
        Assert.Equal(("insurer", "only-ours", $"S-nowhere-{day.Clinic}"), (Text(difference, "party"), Text(difference, "kind"), Text(difference, "reference")));
    }

    [Fact]
    public async Task and_reversed_the_same_day_is_nothing_at_the_insurer_and_twice_at_the_others()
    {
        var (day, arrive) = await Clinic();
        var desk = await arrive();
        await desk.UpToDebit();
        await desk.SettleUntilDone();
        await Told(desk);
        await desk.Reverse("退号");
        await desk.Until("reversed");
        var result = await day.Run(collect: true);
        Assert.True(result.GetProperty("state").GetString() == "matched", (await day.Show()).ToString());
        Assert.Equal((0, 2), (Party(result, "city-card").GetProperty("theirsFen").GetInt64(), Party(result, "city-card").GetProperty("matched").GetInt32()));
        Assert.Equal((0, 2), (Party(result, "his").GetProperty("theirsFen").GetInt64(), Party(result, "his").GetProperty("matched").GetInt32()));
        Assert.Equal(0, Party(result, "insurer").GetProperty("oursCount").GetInt32());
    }

    [Fact]
    public async Task whose_debit_nobody_knew_is_decided_by_the_operators_file()
    {
        var (day, arrive) = await Clinic();
        var desk = await arrive();
        var intent = desk.Initialise(await desk.UpToPreSettlement(), out var purse);
        await desk.Intend(intent);
        desk.Card.Tear = TearPlan.AtDebit(TearPoint.AfterExecution);
        Assert.IsType<DebitOutcome.Unknown>(purse.Debit(intent));
        Assert.Equal("purse-unknown", (await desk.Report(intent, "unknown")).Body.GetProperty("state").GetString());
        // The terminal itself has told the operator; the desk never heard of it.
        var charged = Assert.IsType<ProofOutcome.Charged>(desk.Prove(intent));
        var told = await house.Company.Http.PostAsJsonAsync("transactions", new[]
        {
            new
            {
                desk.PurseNo, intent.ChipSerial, intent.CardSeq, intent.TerminalNo, intent.TermSeq, intent.AmountFen, type = "06", date = intent.LocalTime[..8], time = intent.LocalTime[8..], tac = charged.Tac,
            },
        });
        Assert.Contains("accepted", await told.Content.ReadAsStringAsync());
        var result = await day.Run(collect: true);
        Assert.True((await desk.Show()).GetProperty("debit").GetProperty("charged").GetBoolean(), result.ToString());
        Assert.True(Party(result, "city-card").GetProperty("agrees").GetBoolean(), (await day.Show()).ToString());
        Assert.Equal(1, Party(result, "city-card").GetProperty("matched").GetInt32());
    }

    // A debit reaches the operator through the outbox a moment later.
    private Task Told(TestDesk desk) => Until(async () => (await house.Company.Ledger()).GetProperty("debits").EnumerateArray().Any(d => d.GetProperty("transaction").GetProperty("purseNo").GetString() == desk.PurseNo));

    private static async Task Until(Func<Task<bool>> done)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(200));
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(90));
        while (!await done()) await timer.WaitForNextTickAsync(limit.Token);
    }

    private static string? Text(JsonElement element, string name) => element.GetProperty(name).GetString();
}
