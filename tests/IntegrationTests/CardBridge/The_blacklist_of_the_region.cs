using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using Health.CardBridge.Bindings;
using Health.CardBridge.Doors;
using Health.Cards;
using Health.IntegrationTests.Platform;
using Microsoft.Extensions.DependencyInjection;

namespace Health.IntegrationTests.CardBridge;

[Collection<BridgeCollection>]
public sealed class The_blacklist_of_the_region(BridgeHouse house)
{
    private static readonly TimeSpan Promised = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task names_a_lost_card_at_every_desk_by_a_delta_and_frees_it_when_found()
    {
        var desk = await house.ResidentAtTheDesk();
        var (list, trust) = (await Full(), await Trust());
        Assert.Equal(ListVerdict.Trusted, trust.Judge(list));
        Assert.False(list.Contains(BlacklistKey.OfChip(desk.Card.ChipSerial)));
        Assert.Equal(HttpStatusCode.OK, (await BridgeHouse.Call(house.Operator, "card/loss-hotline", new { idNumber = desk.IdNumber })).Status);
        // The chip is ours to list, the purse comes back from the operator, who was told.
        list = await Until(list, trust, held => held.Contains(BlacklistKey.OfChip(desk.Card.ChipSerial)) && held.Contains(BlacklistKey.OfPurse(desk.PurseNo)));
        // What deltas led to is what the full list says, unless that has moved on meanwhile.
        if (await Full() is var full && full.Version == list.Version) Assert.Equal(full.ToBytes(), list.ToBytes());
        Assert.Equal(HttpStatusCode.OK, (await BridgeHouse.Call(house.Operator, $"card/cards/{desk.IdNumber}/found", new { })).Status);
        await Until(list, trust, held => !held.Contains(BlacklistKey.OfChip(desk.Card.ChipSerial)) && !held.Contains(BlacklistKey.OfPurse(desk.PurseNo)));
        Assert.Equal("active", (await desk.Tap()).Body.GetProperty("cardState").GetString());
    }

    [Fact]
    public async Task holds_what_the_operator_blocks_and_lets_go_what_it_frees()
    {
        var (list, trust, purse) = (await Full(), await Trust(), "5199000000000001");
        await house.Company.Http.PostAsJsonAsync("blacklist", new { purseNo = purse, blocked = true });
        list = await Until(list, trust, held => held.Contains(BlacklistKey.OfPurse(purse)));
        await house.Company.Http.PostAsJsonAsync("blacklist", new { purseNo = purse, blocked = false });
        await Until(list, trust, held => !held.Contains(BlacklistKey.OfPurse(purse)));
    }

    [Fact]
    public async Task is_not_believed_from_another_signer()
    {
        var stranger = new BlacklistTrust(Sm2KeyPair.Generate().Public, "510703");
        Assert.Equal(ListVerdict.UnknownIssuer, stranger.Judge(await Full()));
    }

    [Fact]
    public async Task says_when_a_delta_cannot_help_and_when_there_is_nothing_new()
    {
        var list = await Full();
        Assert.Equal(HttpStatusCode.Gone, (await house.Desk.GetAsync(new Uri("card/blacklist/delta?from=99999999", UriKind.Relative))).StatusCode);
        using var gone = await house.Desk.GetAsync(new Uri("card/blacklist/delta?from=-5", UriKind.Relative));
        Assert.Equal(HttpStatusCode.Gone, gone.StatusCode);
        Assert.Contains("/card/blacklist/full", await gone.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.BadRequest, (await house.Desk.GetAsync(new Uri("card/blacklist/delta?from=1&wait=3600", UriKind.Relative))).StatusCode);
        using var now = await house.Desk.GetAsync(new Uri($"card/blacklist/delta?from={list.Version}", UriKind.Relative));
        Assert.True(now.StatusCode is HttpStatusCode.NoContent or HttpStatusCode.OK);
        Assert.Equal(HttpStatusCode.Forbidden, (await house.Host.Http.As("nobody", "X", "clinician").GetAsync(new Uri("card/blacklist/full", UriKind.Relative))).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await house.Host.Http.GetAsync(new Uri("card/blacklist/full", UriKind.Relative))).StatusCode);
    }

    [Fact]
    public async Task is_no_younger_than_what_the_operator_said_last()
    {
        await Full();
        var versions = house.Host.Services.GetRequiredService<BlacklistVersions>();
        var list = (await versions.Publish(default))!;
        Assert.True(list.IssuedAt <= house.Now);
        Assert.Equal(ListFreshness.TooOld, list.Freshness(list.IssuedAt.AddHours(24).AddSeconds(1)));
    }

    private async Task<BlacklistTrust> Trust()
    {
        var issuer = await house.Desk.GetFromJsonAsync<System.Text.Json.JsonElement>("card/blacklist/issuer");
        return new BlacklistTrust(Sm2PublicKey.FromHex(issuer.GetProperty("publicKey").GetString()!), "510704");
    }

    private async Task<BlacklistDocument> Full()
    {
        using var limit = new CancellationTokenSource(Promised);
        using var again = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        while (true)
        {
            using var answer = await house.Desk.GetAsync(new Uri("card/blacklist/full", UriKind.Relative), limit.Token);
            if (answer.IsSuccessStatusCode)
            {
                var list = BlacklistDocument.TryRead(await answer.Content.ReadAsByteArrayAsync(limit.Token), out var error);
                Assert.Null(error);
                Assert.Equal(list!.Version.ToString(CultureInfo.InvariantCulture), answer.Headers.GetValues(BlacklistDoor.VersionHeader).Single());
                return list;
            }
            // Only until the operator's list was read for the first time.
            Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
            await again.WaitForNextTickAsync(limit.Token);
        }
    }

    /// <summary>As a desk does: deltas, each waited for, each believed, until it is so.</summary>
    private async Task<BlacklistDocument> Until(BlacklistDocument held, BlacklistTrust trust, Func<BlacklistDocument, bool> there)
    {
        using var limit = new CancellationTokenSource(Promised);
        while (!there(held))
        {
            using var answer = await house.Desk.GetAsync(new Uri($"card/blacklist/delta?from={held.Version}&wait=10", UriKind.Relative), limit.Token);
            if (answer.StatusCode == HttpStatusCode.NoContent) continue;
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            var delta = BlacklistDelta.TryRead(await answer.Content.ReadAsByteArrayAsync(limit.Token), out var error);
            Assert.Null(error);
            var (next, refusal) = delta!.Apply(held, trust);
            Assert.Null(refusal);
            held = next!;
        }
        return held;
    }
}
