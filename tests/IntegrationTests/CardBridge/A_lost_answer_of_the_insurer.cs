using System.Net;
using System.Text.Json;

namespace Health.IntegrationTests.CardBridge;

[Collection<BridgeCollection>]
public sealed class A_lost_answer_of_the_insurer(BridgeHouse house)
{
    [Theory]
    [InlineData("lose-answer", 1)]
    [InlineData("error", 0)]
    public async Task to_a_settlement_is_unknown_then_decided_and_never_charged_twice(string mode, int reversed)
    {
        var desk = await house.ResidentAtTheDesk();
        await desk.UpToDebit();
        await house.Insurer.Fault(new { infno = "2207", mode, count = 1 });
        var (status, body) = await desk.Settle();
        Assert.Equal((HttpStatusCode.Accepted, "insurance-unknown"), (status, body.GetProperty("state").GetString()));
        var settled = await desk.SettleUntilDone();
        Assert.Equal(10_000, settled.GetProperty("receipt").GetProperty("totals").GetProperty("totalFen").GetInt64());
        var mine = await Mine(desk);
        Assert.Equal(1, mine.Count(s => s.GetProperty("state").GetString() == "settled"));
        Assert.Equal(reversed, mine.Count(s => s.GetProperty("state").GetString() == "reversed"));
        Assert.Equal(50_000 - 3_000, desk.Card.BalanceFen);
    }

    [Fact]
    public async Task to_its_reversal_is_asked_for_again()
    {
        var desk = await house.ResidentAtTheDesk();
        await desk.UpToDebit();
        await house.Insurer.Fault(new { infno = "2207", mode = "lose-answer", count = 1 });
        await house.Insurer.Fault(new { infno = "2601", mode = "lose-answer", count = 1 });
        Assert.Equal(HttpStatusCode.Accepted, (await desk.Settle()).Status);
        await desk.SettleUntilDone();
        Assert.Equal(1, (await Mine(desk)).Count(s => s.GetProperty("state").GetString() == "settled"));
    }

    [Theory]
    [InlineData("1101")]
    [InlineData("2201")]
    public async Task to_a_registration_is_asked_for_again_with_the_same_message(string infno)
    {
        var desk = await house.ResidentAtTheDesk();
        await house.Insurer.Fault(new { infno, mode = "lose-answer", count = 1 });
        var (status, body) = await desk.Register();
        Assert.Equal((HttpStatusCode.Accepted, "registering"), (status, body.GetProperty("state").GetString()));
        Assert.Equal("registered", (await desk.Register()).Body.GetProperty("state").GetString());
    }

    [Fact]
    public async Task that_is_a_definite_no_gives_the_money_back_through_the_operator()
    {
        var desk = await house.ResidentAtTheDesk();
        await desk.UpToDebit();
        await house.Insurer.Fault(new { infno = "2207", mode = "refuse", count = 1 });
        var (_, body) = await desk.Settle();
        Assert.Equal("refunded", body.GetProperty("state").GetString());
        Assert.DoesNotContain(await Mine(desk), s => s.GetProperty("state").GetString() == "settled");
        Assert.Equal(3_000, Assert.Single((await house.Company.Ledger()).GetProperty("refunds").EnumerateArray(), r => r.GetProperty("purseNo").GetString() == desk.PurseNo).GetProperty("amountFen").GetInt64());
        Assert.Equal(HttpStatusCode.Conflict, (await desk.Settle()).Status);
    }

    [Fact]
    public async Task over_a_restart_of_the_platform_is_decided_by_itself()
    {
        var desk = await house.ResidentAtTheDesk();
        await desk.UpToDebit();
        await house.Insurer.Fault(new { infno = "2207", mode = "delay", count = 1, milliseconds = 600_000 });
        var hanging = desk.Settle();
        while ((await Mine(desk)).Count == 0) Assert.False(hanging.IsCompleted);
        await house.Restart();
        // What the desk got of it is of no consequence: no answer, or one that says "not yet".
        await Record.ExceptionAsync(() => hanging);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(200));
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(120));
        while ((await Mine(desk)).Count != 2 || (await Mine(desk)).All(s => s.GetProperty("state").GetString() != "settled")) await timer.WaitForNextTickAsync(limit.Token);
        Assert.Equal(["reversed", "settled"], (await Mine(desk)).Select(s => s.GetProperty("state").GetString()!).Order());
    }

    private async Task<List<JsonElement>> Mine(TestDesk desk)
    {
        var number = await NumberOf(desk.VisitTx);
        return [.. (await house.Insurer.Ledger()).GetProperty("settlements").EnumerateArray().Where(s => s.GetProperty("ipt_otp_no").GetString() == number)];
    }

    private async Task<string> NumberOf(string visitTx)
    {
        await using var connection = new Npgsql.NpgsqlConnection(house.Host.ConnectionString);
        await connection.OpenAsync();
        await using var command = new Npgsql.NpgsqlCommand("select visit_number from cards.visit where visit_tx = $1", connection) { Parameters = { new() { Value = visitTx } } };
        return (string)(await command.ExecuteScalarAsync())!;
    }
}
