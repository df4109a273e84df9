using System.Net;
using Npgsql;

namespace Health.IntegrationTests.CardBridge;

[Collection<BridgeCollection>]
public sealed class A_card_that_is_issued(BridgeHouse house)
{
    [Fact]
    public async Task is_active_bound_and_the_same_when_asked_for_again()
    {
        var desk = await house.ResidentAtTheDesk();
        var (status, again) = await BridgeHouse.Call(house.Operator, "card/cards", new { idNumber = desk.IdNumber, institutionCode = BridgeHouse.Hospital });
        Assert.Equal((HttpStatusCode.OK, "active", desk.Card.ChipSerial, desk.PurseNo), (status, again.GetProperty("state").GetString(), again.GetProperty("chipSerial").GetString(), again.GetProperty("purseNo").GetString()));
        var tap = (await desk.Tap()).Body;
        Assert.Equal(("active", desk.ResidentId, true), (tap.GetProperty("cardState").GetString(), tap.GetProperty("residentId").GetString(), tap.GetProperty("bound").GetBoolean()));
    }

    [Fact]
    public async Task is_refused_to_real_numbers_in_development_to_wrong_numbers_and_to_strangers()
    {
        async Task<HttpStatusCode> Order(string idNumber) => (await BridgeHouse.Call(house.Operator, "card/cards", new { idNumber, institutionCode = BridgeHouse.Hospital, name = "某人" })).Status;
        // A number of division 000000: valid in form, no test identity, nobody's.
        const string real = "00000019900101001";
        Assert.Equal(HttpStatusCode.UnprocessableEntity, await Order(real + Contracts.ResidentIdNumber.CheckCharacter(real)));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, await Order("510799199001010017"));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, await Order(BridgeHouse.IdNumber(new DateOnly(1930, 1, 1), 999)));
    }

    [Fact]
    public async Task and_reported_lost_is_blocked_at_every_desk_with_its_purse()
    {
        var desk = await house.ResidentAtTheDesk();
        var (status, body) = await BridgeHouse.Call(house.Operator, $"card/cards/{desk.IdNumber}/loss", new { });
        Assert.Equal((HttpStatusCode.OK, "lost"), (status, body.GetProperty("state").GetString()));
        Assert.Equal(HttpStatusCode.OK, (await BridgeHouse.Call(house.Operator, $"card/cards/{desk.IdNumber}/loss", new { })).Status);
        var tap = (await desk.Tap()).Body;
        Assert.Equal(("blocked", "lost"), (tap.GetProperty("cardState").GetString(), tap.GetProperty("reason").GetString()));
        Assert.False(tap.TryGetProperty("patientName", out var shown) && shown.ValueKind == System.Text.Json.JsonValueKind.String);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await desk.Register()).Status);
    }

    [Fact]
    public async Task is_not_served_with_another_chip_or_another_holder()
    {
        var desk = await house.ResidentAtTheDesk();
        Assert.Equal("replaced", (await desk.Tap(chipSerial: "3100999999999999")).Body.GetProperty("reason").GetString());
        Assert.Equal("mismatch", (await desk.Tap(holderName: "别人")).Body.GetProperty("reason").GetString());
    }

    [Fact]
    public async Task leaves_no_number_and_no_name_in_clear_in_events_and_tables()
    {
        var desk = await house.ResidentAtTheDesk();
        await desk.UpToDebit();
        await desk.SettleUntilDone();
        await using var connection = new NpgsqlConnection(house.Host.ConnectionString);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        foreach (var table in new[] { "events.mt_events", "events.mt_streams", "cards.visit", "cards.card", "cards.chip", "cards.outbox", "cards.purse_transaction", "cards.insurer_message", "cards.exception", "cards.ledger", "cards.receipt" })
        {
            await using var command = new NpgsqlCommand($"select count(*) from {table} t where t::text like $1 or t::text like $2 or t::text like $3", connection);
            foreach (var secret in new[] { desk.IdNumber, desk.PurseNo, "测试" }) command.Parameters.Add(new() { Value = $"%{secret}%" });
            Assert.True((long)(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken))! == 0, $"{table} holds personal data in clear.");
        }
    }
}
