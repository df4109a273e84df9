using System.Net;
using Health.Cards;

namespace Health.IntegrationTests.CardBridge;

/// <summary>圈存: the chip, the bridge, and the operator's program, which makes MAC2 with code of its own.</summary>
[Collection<BridgeCollection>]
public sealed class A_load_through_the_operator(BridgeHouse house)
{
    private static int ids;

    [Fact]
    public async Task puts_money_on_the_chip_once_and_the_operator_believes_the_TAC()
    {
        var desk = await house.ResidentAtTheDesk();
        var (id, session, intent) = Begin(desk, 2_000);
        var (status, right) = await Ask(desk, id, intent);
        Assert.True(status == HttpStatusCode.OK && right.GetProperty("state").GetString() == "authorised", right.ToString());
        var (_, again) = await Ask(desk, id, intent);
        Assert.Equal(right.GetProperty("mac2").GetString(), again.GetProperty("mac2").GetString());
        var loaded = Assert.IsType<LoadOutcome.Loaded>(session.Credit(intent, right.GetProperty("localTime").GetString()!, right.GetProperty("mac2").GetString()!));
        Assert.Equal(52_000, desk.Card.BalanceFen);
        for (var repeat = 0; repeat < 2; repeat++) Assert.Equal("loaded", (await Report(desk, id, "loaded", loaded.Tac)).Body.GetProperty("state").GetString());
        Assert.Equal(HttpStatusCode.Conflict, (await Report(desk, id, "not-loaded", null)).Status);
        await OperatorSays(id, "loaded");
    }

    [Fact]
    public async Task whose_answer_was_lost_is_asked_for_again_and_is_the_same()
    {
        var desk = await house.ResidentAtTheDesk();
        var (id, session, intent) = Begin(desk, 2_000);
        await house.Company.Fault(new { operation = "loads", mode = "lose-answer", count = 1 });
        Assert.Equal(HttpStatusCode.Accepted, (await Ask(desk, id, intent)).Status);
        var right = (await Ask(desk, id, intent)).Body;
        Assert.Equal("authorised", right.GetProperty("state").GetString());
        Assert.IsType<LoadOutcome.Loaded>(session.Credit(intent, right.GetProperty("localTime").GetString()!, right.GetProperty("mac2").GetString()!));
    }

    [Fact]
    public async Task with_a_forged_MAC1_is_refused_by_the_operator()
    {
        var desk = await house.ResidentAtTheDesk();
        var (id, _, intent) = Begin(desk, 2_000);
        var (status, body) = await Ask(desk, id, intent with { Mac1 = "00000000" });
        Assert.Equal((HttpStatusCode.OK, "refused"), (status, body.GetProperty("state").GetString()));
        Assert.Equal(HttpStatusCode.Conflict, (await Report(desk, id, "loaded", "00000000")).Status);
    }

    [Fact]
    public async Task of_a_sequence_that_has_a_right_already_is_refused()
    {
        var desk = await house.ResidentAtTheDesk();
        var (id, _, intent) = Begin(desk, 2_000);
        await Ask(desk, id, intent);
        var (second, _, other) = Begin(desk, 2_000);
        Assert.Equal(intent.CardSeq, other.CardSeq);
        Assert.Equal(HttpStatusCode.Conflict, (await Ask(desk, second, other)).Status);
        Assert.Equal("not-loaded", (await Report(desk, id, "not-loaded", null)).Body.GetProperty("state").GetString());
        await OperatorSays(id, "not-loaded");
        var (third, _, fresh) = Begin(desk, 2_000);
        Assert.Equal("authorised", (await Ask(desk, third, fresh)).Body.GetProperty("state").GetString());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(50_001)]
    [InlineData(long.MaxValue)]
    public async Task of_a_senseless_amount_is_refused_before_anything_is_written(long fen)
    {
        var desk = await house.ResidentAtTheDesk();
        var (id, _, intent) = Begin(desk, 2_000);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await Ask(desk, id, intent with { AmountFen = fen })).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await Report(desk, id, "not-loaded", null)).Status);
    }

    private static (string Id, LoadSession Session, LoadIntent Intent) Begin(TestDesk desk, long fen)
    {
        var session = desk.Loads();
        return ($"{BridgeHouse.Centre}|load|{Interlocked.Increment(ref ids)}", session, session.Initialise(fen));
    }

    private static Task<(HttpStatusCode Status, System.Text.Json.JsonElement Body)> Ask(TestDesk desk, string id, LoadIntent intent) => desk.Post("card/purse/loads", new
    {
        loadId = id, intent.ChipSerial, intent.PurseNo, intent.AmountFen, intent.TerminalNo, intent.BalanceFen, intent.CardSeq, intent.KeyVersion, intent.Algorithm, intent.Challenge, intent.Mac1,
    });

    private static Task<(HttpStatusCode Status, System.Text.Json.JsonElement Body)> Report(TestDesk desk, string id, string outcome, string? tac) => desk.Post($"card/purse/loads/{Uri.EscapeDataString(id)}/outcome", new { outcome, tac });

    private async Task OperatorSays(string id, string outcome)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        while (true)
        {
            using var answer = await house.Company.Http.GetAsync("control/loads", limit.Token);
            if ((await BridgeHouse.Body(answer)).EnumerateArray().Any(load => load.GetProperty("loadId").GetString() == id && load.GetProperty("outcome").GetString() == outcome)) return;
            await timer.WaitForNextTickAsync(limit.Token);
        }
    }
}
