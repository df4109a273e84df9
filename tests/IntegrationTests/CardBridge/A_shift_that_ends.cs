using System.Net;
using System.Text.Json;

namespace Health.IntegrationTests.CardBridge;

[Collection<BridgeCollection>]
public sealed class A_shift_that_ends(BridgeHouse house)
{
    [Fact]
    public async Task is_counted_signed_sealed_and_lets_the_day_close()
    {
        var day = new Accounts(house);
        await day.Enter("cash", $"c1{day.Clinic}", 5_000, "user:7");
        await day.Enter("cash", $"c2{day.Clinic}", -1_000, "user:7");
        await day.Enter("mobile", $"M1{day.Clinic}", 2_000, "user:7");
        await day.Tell("acquirer", ($"M1{day.Clinic}", 2_000));
        var preview = await BridgeHouse.Body(await day.Desk.GetAsync(new Uri($"card/desks/desk-1/shift?cashier=user:7&day={day.Day:yyyy-MM-dd}", UriKind.Relative)));
        Assert.Equal((4_000, 3), (preview.GetProperty("cashExpectedFen").GetInt64(), preview.GetProperty("entryCount").GetInt32()));
        Assert.NotEqual("closed", (await day.Run(close: true)).GetProperty("state").GetString());

        Assert.Equal((HttpStatusCode.UnprocessableEntity, "reason"), await Refused(day.CloseShift("user:7", 3_900)));
        Assert.Equal((HttpStatusCode.UnprocessableEntity, "signedBy"), await Refused(day.CloseShift("user:7", 4_000, signedBy: "")));
        var (status, shift) = await day.CloseShift("user:7", 4_000);
        Assert.True(status == HttpStatusCode.OK, shift.ToString());
        Assert.Contains("王收费", string.Join('\n', shift.GetProperty("print").EnumerateArray()));
        var (_, again) = await day.CloseShift("user:7", 4_000);
        Assert.Equal(shift.ToString(), again.ToString());
        Assert.Equal(HttpStatusCode.Conflict, (await day.CloseShift("user:7", 4_100)).Status);
        Assert.Equal(HttpStatusCode.Conflict, (await day.CloseShift("user:7", 0, requestId: "r2")).Status);
        Assert.Equal("closed", (await day.Run(close: true)).GetProperty("state").GetString());
        Assert.Equal(0, await day.Value<long>("select count(*) from events.mt_events where data::text like '%王收费%'"));
    }

    [Fact]
    public async Task with_too_little_in_the_drawer_leaves_a_difference_of_the_day()
    {
        var day = new Accounts(house);
        await day.Enter("cash", $"c1{day.Clinic}", 5_000, "user:8");
        Assert.Equal(HttpStatusCode.OK, (await day.CloseShift("user:8", 4_900, "少收")).Status);
        var result = await day.Run(close: true);
        Assert.Equal("differing", result.GetProperty("state").GetString());
        var difference = Assert.Single((await day.Show()).GetProperty("differences").EnumerateArray());
        Assert.Equal(("cash", "amount", 5_000, 4_900), (Text(difference, "party"), Text(difference, "kind"), difference.GetProperty("oursFen").GetInt64(), difference.GetProperty("theirsFen").GetInt64()));
        await day.Resolve(difference, "收费员补足");
        Assert.Equal("closed", (await day.Run(close: true)).GetProperty("state").GetString());
    }

    [Fact]
    public async Task closed_by_many_at_once_takes_every_entry_once()
    {
        var day = new Accounts(house);
        for (var i = 0; i < 20; i++) await day.Enter("cash", $"c{i}{day.Clinic}", 100, "user:9");
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => day.CloseShift("user:9", 2_000, requestId: $"r{i}")));
        Assert.Single(answers, answer => answer.Status == HttpStatusCode.OK);
        Assert.Equal(20, await day.Value<long>("select count(*) from cards.ledger where institution_code = $1 and shift_id is not null", day.Clinic));
        Assert.Equal(1, await day.Value<long>("select count(*) from cards.shift where institution_code = $1", day.Clinic));
    }

    private static async Task<(HttpStatusCode, string?)> Refused(Task<(HttpStatusCode Status, JsonElement Body)> call)
    {
        var (status, body) = await call;
        return (status, Text(body, "expression"));
    }

    private static string? Text(JsonElement element, string name) => element.GetProperty(name).GetString();
}
