using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using Health.CardAgent.Desk;
using Health.Cards;

namespace Health.IntegrationTests.Cards.Attacks;

/// <summary>Replays, altered amounts, cloned cards, and what one patient's visit must not leave for the next.</summary>
public sealed class Money_at_the_desk
{
    public static TheoryData<long> Amounts => [0, -1, -500, 100_000_001, int.MaxValue, long.MaxValue, long.MinValue, 4_294_967_297];

    [Theory]
    [MemberData(nameof(Amounts))]
    public async Task takes_no_altered_negative_or_overflowing_amount(long fen)
    {
        await using var clinic = await Clinic.Open();
        await clinic.Identified();
        (await clinic.Register()).EnsureSuccessStatusCode();
        var bill = new { feeLines = new[] { new { code = "A", name = "A", quantity = 1, amountFen = fen } } };
        Assert.Equal(HttpStatusCode.BadRequest, (await clinic.Http.PostAsJsonAsync("/api/visit/pre-settlement", bill, TestContext.Current.CancellationToken)).StatusCode);
        (await clinic.PreSettle()).EnsureSuccessStatusCode();
        foreach (var tenders in (object[][])[[Tender("purse", fen)], [Tender("purse", 2_180), Tender("cash", fen)], [Tender("purse", 2_180 - fen), Tender("cash", fen)]])
            Assert.Equal(HttpStatusCode.BadRequest, (await clinic.Http.PostAsJsonAsync("/api/visit/tenders", new { tenders }, TestContext.Current.CancellationToken)).StatusCode);
        Assert.Equal(50_000, clinic.Chip.Purse.BalanceFen);
    }

    [Theory]
    [InlineData("{\"feeLines\":[{\"code\":\"A\",\"name\":\"A\",\"quantity\":1,\"amountFen\":1e30}]}")]
    [InlineData("{\"feeLines\":[{\"code\":\"A\",\"name\":\"A\",\"quantity\":1,\"amountFen\":99999999999999999999}]}")]
    [InlineData("{\"feeLines\":[{\"code\":\"A\",\"name\":\"A\",\"quantity\":1,\"amountFen\":1.5}]}")]
    [InlineData("{\"feeLines\":[{\"code\":\"A\",\"name\":\"A\",\"quantity\":1,\"amountFen\":\"12.50\"}]}")]
    public async Task takes_no_amount_that_is_not_a_whole_number_of_fen(string bill)
    {
        await using var clinic = await Clinic.Open();
        await clinic.Identified();
        (await clinic.Register()).EnsureSuccessStatusCode();
        using var content = new StringContent(bill, System.Text.Encoding.UTF8, "application/json");
        var refused = await clinic.Http.PostAsync("/api/visit/pre-settlement", content, TestContext.Current.CancellationToken);
        Assert.True(refused.StatusCode == HttpStatusCode.BadRequest || clinic.Feed.Now.Visit!.Stage == VisitStage.Registered, refused.StatusCode.ToString());
        Assert.Equal(VisitStage.Registered, clinic.Feed.Now.Visit!.Stage);
    }

    [Fact]
    public async Task settles_a_visit_once_however_often_its_settlement_is_replayed()
    {
        await using var clinic = await Clinic.Open();
        await clinic.Quote();
        (await clinic.Pay()).EnsureSuccessStatusCode();
        for (var replay = 0; replay < 5; replay++) Assert.Equal(HttpStatusCode.Conflict, (await clinic.Pay()).StatusCode);
        Assert.Equal(50_000 - 2_180, clinic.Chip.Purse.BalanceFen);
        Assert.Equal(1, clinic.Platform.Visits.Values.Single().Settlements);
    }

    [Fact]
    public async Task leaves_nothing_of_one_patient_for_the_next()
    {
        await using var clinic = await Clinic.Open(startAgent: false);
        clinic.Platform.CardState = "blocked";
        await clinic.StartAgent();
        await clinic.Until(view => view.Card is { State: "blocked" });
        Assert.Equal(HttpStatusCode.Conflict, (await clinic.Register()).StatusCode);

        // The next patient is not blocked: nothing is remembered of the one before.
        clinic.Platform.CardState = "active";
        await Again(clinic);
        await clinic.Identified();
        await clinic.Quote();

        // And a blocked card after a good one gets nothing of its right, nor of its visit.
        (await clinic.Http.PostAsync("/api/visit/close", null, TestContext.Current.CancellationToken)).EnsureSuccessStatusCode();
        clinic.Platform.CardState = "blocked";
        await Again(clinic);
        await clinic.Until(view => view.Card is { State: "blocked" });
        Assert.Null(clinic.Feed.Now.Card!.ResidentId);
        Assert.Equal(HttpStatusCode.Conflict, (await clinic.Register()).StatusCode);
        Assert.Equal(HttpStatusCode.Conflict, (await clinic.Pay()).StatusCode);
        Assert.Equal(50_000, clinic.Chip.Purse.BalanceFen);
    }

    [Fact]
    public async Task takes_no_payment_from_another_card_than_registered_the_visit()
    {
        await using var clinic = await Clinic.Open();
        await clinic.Quote();
        (await clinic.Http.PostAsync("/chip/remove", null, TestContext.Current.CancellationToken)).EnsureSuccessStatusCode();
        var other = Chips.Write(Directory.CreateDirectory(Path.Combine(clinic.Folder, "other")).FullName, chipNo: "000099999999");
        File.Move(other, Path.Combine(clinic.Folder, "other.json"));
        (await clinic.Http.PostAsJsonAsync("/chip/insert", new { image = "other.json" }, TestContext.Current.CancellationToken)).EnsureSuccessStatusCode();
        await clinic.Until(view => view.Card is { Present: true, State: not "reading" and not "identified" } && view.Message is not null);
        var refused = await clinic.Pay();
        Assert.Equal(HttpStatusCode.Conflict, refused.StatusCode);
        Assert.Contains("不是挂号时的卡片", await refused.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal(50_000, CardImage.Load(Path.Combine(clinic.Folder, "other.json")).Purse.BalanceFen);
    }

    [Fact]
    public async Task does_not_believe_a_copied_card_without_its_keys()
    {
        await using var clinic = await Clinic.Open(startAgent: false);
        // Same number, same texts, another chip: the copy could not take the keys along.
        var clone = CardImage.Load(clinic.Image);
        foreach (var key in clone.Keys.Values) key.Value = Convert.ToHexString(RandomNumberGenerator.GetBytes(16));
        clone.Save(clinic.Image);
        await clinic.StartAgent();
        await clinic.Until(view => view.Card is { State: "problem" });
        Assert.Equal(HttpStatusCode.Conflict, (await clinic.Register()).StatusCode);
        Assert.Empty(clinic.Platform.Visits);
    }

    private static async Task Again(Clinic clinic)
    {
        (await clinic.Http.PostAsync("/chip/remove", null, TestContext.Current.CancellationToken)).EnsureSuccessStatusCode();
        await clinic.Insert();
    }

    private static object Tender(string kind, long amountFen) => new { kind, amountFen };
}
