using System.Net;
using System.Text.Json;
using Health.CardBridge.Reconciliation;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Health.IntegrationTests.CardBridge;

[Collection<BridgeCollection>]
public sealed class A_day_that_is_reconciled(BridgeHouse house)
{
    private static string? State(JsonElement result) => result.GetProperty("state").GetString();

    private static List<JsonElement> Differences(JsonElement day) => [.. day.GetProperty("differences").EnumerateArray()];

    private static string? Kind(JsonElement difference) => difference.GetProperty("kind").GetString();

    [Fact]
    public async Task and_agrees_is_sealed_and_stands_in_the_record()
    {
        var day = new Accounts(house);
        await day.Enter("his", $"H1{day.Clinic}", 12_000);
        await day.Enter("mobile", $"M1{day.Clinic}", 9_000);
        await day.Enter("mobile", $"R-M1{day.Clinic}", -1_000);
        await day.Tell("his", ($"H1{day.Clinic}", 12_000));
        Assert.Contains("mobile", (await day.Run()).GetProperty("waits").GetString());
        await day.Tell("acquirer", ($"M1{day.Clinic}", 9_000), ($"R-M1{day.Clinic}", -1_000));
        var closed = await day.Run(close: true);
        Assert.Equal(("closed", 0, 3), (State(closed), closed.GetProperty("open").GetInt32(), closed.GetProperty("lines").GetInt32()));
        Assert.All(closed.GetProperty("parties").EnumerateArray(), party => Assert.True(party.GetProperty("agrees").GetBoolean()));
        Assert.Matches("^[0-9A-F]{64}$", closed.GetProperty("seal").GetString());
        Assert.Equal(closed.GetProperty("seal").GetString(), (await day.Run(close: true)).GetProperty("seal").GetString());

        var id = house.Host.Services.GetRequiredService<DayRecords>().IdOf(day.Clinic, day.Day);
        var resource = JsonDocument.Parse((await house.Records.Read("PaymentReconciliation", id, default))!.Value).RootElement;
        Assert.Equal(("80.00", "complete"), (resource.GetProperty("paymentAmount").GetProperty("value").GetRawText(), resource.GetProperty("outcome").GetString()));
        Assert.Contains(closed.GetProperty("seal").GetString()!, resource.GetProperty("disposition").GetString());
    }

    [Fact]
    public async Task and_closed_takes_no_entry_no_change_and_no_other_statement()
    {
        var day = new Accounts(house);
        await day.Enter("his", $"H1{day.Clinic}", 12_000);
        await day.Tell("his", ($"H1{day.Clinic}", 12_000));
        Assert.Equal("closed", State(await day.Run(close: true)));
        // An entry that comes late is booked on the next open day and says where it comes from.
        await day.Enter("his", $"H2{day.Clinic}", 700);
        Assert.Equal(day.Day.AddDays(1), await day.Value<DateOnly>("select business_day from cards.ledger where entry_key = $1 and late_from = $2", $"his|H2{day.Clinic}", day.Day));
        foreach (var sql in new[] { "update cards.ledger set amount_fen = 1 where entry_key = $1", "delete from cards.ledger where entry_key = $1" })
            Assert.Equal("HC001", (await Assert.ThrowsAsync<PostgresException>(() => day.Sql(sql, $"his|H1{day.Clinic}"))).SqlState);
        // A line that is new for a closed day becomes a difference of the next.
        await day.Tell("his", ($"H1{day.Clinic}", 12_000), ($"H9{day.Clinic}", 300));
        Assert.Equal(1, await day.Value<long>("select count(*) from cards.statement_line where institution_code = $1", day.Clinic));
        var next = await day.Run(day: day.Day.AddDays(1));
        Assert.Contains("his", next.GetProperty("waits").GetString());
        Assert.Equal("late-line", await day.Value<string>("select kind from cards.difference where institution_code = $1 and business_day = $2", day.Clinic, day.Day.AddDays(1)));
        Assert.Equal("closed", State(await day.Run(close: true)));
    }

    [Fact]
    public async Task and_differs_waits_for_a_person_with_a_reason()
    {
        var day = new Accounts(house);
        foreach (var (reference, fen) in new[] { ("a", 100L), ("b", 200L), ("d", 400L) }) await day.Enter("his", reference + day.Clinic, fen);
        await day.Tell("his", ($"a{day.Clinic}", 100), ($"c{day.Clinic}", 300), ($"d{day.Clinic}", 401));
        var result = await day.Run(close: true);
        Assert.Equal(("differing", 3), (State(result), result.GetProperty("open").GetInt32()));
        var open = Differences(await day.Show());
        Assert.Equal(["amount", "only-ours", "only-theirs"], open.Select(Kind).Order());
        Assert.Contains((await BridgeHouse.Body(await house.Operator.GetAsync("card/reconciliation/worklist"))).GetProperty("differences").EnumerateArray(), d => d.GetProperty("institution").GetString() == day.Clinic);
        Assert.Equal(HttpStatusCode.Conflict, (await BridgeHouse.Call(house.Operator, $"card/reconciliation/{day.Day:yyyy-MM-dd}/institutions/{day.Clinic}/close", new { })).Status);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await day.Resolve(open[0], "")).Status);
        foreach (var difference in open) Assert.Equal(HttpStatusCode.OK, (await day.Resolve(difference, "HIS 更正单已补")).Status);
        Assert.Equal(HttpStatusCode.OK, (await day.Resolve(open[0], "again")).Status);
        Assert.Equal("resolved", State(await day.Run()));
        Assert.Equal("closed", State(await day.Run(close: true)));
        var shown = Differences(await day.Show());
        Assert.All(shown, difference => Assert.Equal(("HIS 更正单已补", "client:demo-operator"), (difference.GetProperty("reason").GetString(), difference.GetProperty("resolvedBy").GetString())));
        Assert.Equal(HttpStatusCode.OK, (await day.Resolve(open[0], "after the seal")).Status);
        Assert.Equal("HIS 更正单已补", Differences(await day.Show())[0].GetProperty("reason").GetString());
    }

    [Fact]
    public async Task explains_by_rule_what_stands_on_the_next_day_and_what_stands_twice()
    {
        var day = new Accounts(house);
        await day.Enter("his", $"late{day.Clinic}", 500);
        await day.Enter("his", $"twice{day.Clinic}", 600);
        await day.Tell("his", ($"twice{day.Clinic}", 600), ($"twice{day.Clinic}", 600));
        Assert.Equal(("differing", 1), (State(await day.Run()), (await day.Run()).GetProperty("open").GetInt32()));
        Assert.Equal(HttpStatusCode.OK, (await day.Put("his", $"receipt_no,visit_no,total_fen,kind,posted_at\nlate{day.Clinic},V,500,charge,x\n", day.Day.AddDays(1))).Status);
        var result = await day.Run();
        Assert.Equal(("resolved", 0), (State(result), result.GetProperty("open").GetInt32()));
        Assert.Equal([("across-midnight", "only-ours"), ("line-repeated", "repeated")], Differences(await day.Show()).Select(d => (d.GetProperty("rule").GetString(), Kind(d))).Order());
        var next = await day.Run(day: day.Day.AddDays(1));
        Assert.Equal(("resolved", 0), (State(next), next.GetProperty("open").GetInt32()));
    }

    [Fact]
    public async Task tells_when_a_terminal_leaves_numbers_out_and_a_TAC_stands_twice()
    {
        var day = new Accounts(house);
        string Key(int chip, int seq, int term) => $"3100{day.Clinic[^3..]}00000000{chip}|{seq}|5199{day.Clinic[^3..]}00000|{term}";
        await day.Enter("city-card", Key(1, 1, 10), 100, termSeq: 10, tac: "A1B2C3D4");
        await day.Enter("city-card", Key(2, 1, 11), 100, termSeq: 11, tac: "A1B2C3D4");
        await day.Enter("city-card", Key(1, 1, 14), 100, termSeq: 14, tac: "A1B2C3D4");
        await day.Run();
        var (status, body) = await day.Put("city-card", "chip_serial,card_seq,terminal_no,term_seq,amount_fen,date,time,tac,refund_id\n"
            + string.Concat(new[] { Key(1, 1, 10), Key(2, 1, 11), Key(1, 1, 14) }.Select(key => $"{key.Replace('|', ',')},100,20260310,120000,A1B2C3D4,\n")) + "#,3,300\n");
        Assert.True(status == HttpStatusCode.OK, body.ToString());
        var result = await day.Run();
        Assert.Equal("differing", State(result));
        var found = Differences(await day.Show());
        Assert.Equal([("sequence-gap", $"5199{day.Clinic[^3..]}00000|12-13"), ("tac-repeated", $"{Key(1, 1, 10)}|A1B2C3D4"), ("tac-repeated", $"{Key(1, 1, 14)}|A1B2C3D4")],
            found.Select(d => (Kind(d), d.GetProperty("reference").GetString())).Order());
    }

    [Fact]
    public async Task refuses_a_broken_statement_as_a_whole_and_a_desk_what_is_not_its_own()
    {
        var day = new Accounts(house);
        await day.Enter("his", $"a{day.Clinic}", 100);
        var (status, body) = await day.Put("his", $"receipt_no,visit_no,total_fen,kind,posted_at\na{day.Clinic},V,100,charge,x\nb,V,1.5,charge,x\n");
        Assert.Equal((HttpStatusCode.UnprocessableEntity, "line 3"), (status, body.GetProperty("expression").GetString()));
        Assert.Equal(0, await day.Value<long>("select count(*) from cards.statement_line where institution_code = $1", day.Clinic));
        using var content = new StringContent("x");
        foreach (var path in new[] { $"statements/acquirer", $"statements/his?institution={BridgeHouse.Hospital}" })
            Assert.Equal(HttpStatusCode.Forbidden, (await day.Desk.PutAsync(new Uri($"card/reconciliation/{day.Day:yyyy-MM-dd}/{path}", UriKind.Relative), content)).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await day.Desk.PostAsync(new Uri($"card/reconciliation/{day.Day:yyyy-MM-dd}/run", UriKind.Relative), null)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await day.Desk.GetAsync(new Uri($"card/reconciliation/{day.Day:yyyy-MM-dd}/institutions/{BridgeHouse.Hospital}", UriKind.Relative))).StatusCode);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await BridgeHouse.Call(house.Operator, "card/reconciliation/2026-13-01/run", new { })).Status);
    }

    [Fact]
    public async Task is_not_closed_while_it_lasts_or_an_amount_is_unknown()
    {
        var today = new Accounts(house) { Day = DateOnly.FromDateTime(house.Now.AddHours(8).Date) };
        await today.Enter("his", $"a{today.Clinic}", 100);
        await today.Tell("his", ($"a{today.Clinic}", 100));
        Assert.Equal(("matched", "The day is not over."), (State(await today.Run(close: true)), (await today.Run(close: true)).GetProperty("waits").GetString()));
        var day = new Accounts(house);
        await day.Enter("his", $"u{day.Clinic}", 100, state: "unknown");
        await day.Tell("his", ($"u{day.Clinic}", 100));
        await day.Run();
        await day.Resolve(Assert.Single(Differences(await day.Show())), "called them");
        var result = await day.Run(close: true);
        Assert.Equal("resolved", State(result));
        Assert.Contains("not known", result.GetProperty("waits").GetString());
    }
}
