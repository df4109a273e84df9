using System.Net;
using System.Net.Http.Json;
using Health.CardAgent.Desk;
using Health.CardAgent.Journal;
using Health.Cards;

namespace Health.IntegrationTests.Cards;

public sealed class A_desk_with_a_card
{
    [Fact]
    public async Task knows_the_holder_within_thirteen_APDUs()
    {
        await using var clinic = await Clinic.Open();
        var view = await clinic.Identified();
        Assert.Equal((Chips.Name, "张*试", "510799**********18"), (view.Card!.Name, view.Card.MaskedName, view.Card.MaskedIdNumber));
        Assert.InRange(view.Card.Apdus, 1, 13);
        Assert.Equal(50_000, view.Card.BalanceFen);
    }

    [Fact]
    public async Task registers_pre_settles_pays_settles_and_prints()
    {
        await using var clinic = await Clinic.Open();
        await clinic.Quote();
        var paid = await clinic.Pay();
        Assert.Equal(HttpStatusCode.OK, paid.StatusCode);
        var view = (await paid.Content.ReadFromJsonAsync<DeskView>(Clinic.Json))!;
        Assert.Equal(VisitStage.Settled, view.Visit!.Stage);
        Assert.Equal(50_000 - 2_180, clinic.Chip.Purse.BalanceFen);
        var visit = Assert.Single(clinic.Platform.Visits).Value;
        Assert.Equal(("closed", 1, "debited"), (visit.State, visit.Settlements, Assert.Single(visit.Outcomes).Outcome));
        var receipt = await clinic.Http.GetStringAsync($"/api/receipts/{Uri.EscapeDataString(view.Visit.VisitTx)}");
        Assert.Contains("张*试", receipt);
        Assert.Contains("21.80", receipt);
        Assert.Contains("R-MZ0001", receipt);
        Assert.DoesNotContain(Chips.Name, receipt);
    }

    [Fact]
    public async Task pays_once_however_often_F4_is_pressed()
    {
        await using var clinic = await Clinic.Open();
        await clinic.Quote();
        await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => clinic.Pay()));
        Assert.Equal(50_000 - 2_180, clinic.Chip.Purse.BalanceFen);
        Assert.Equal(1, Assert.Single(clinic.Platform.Visits).Value.Settlements);
    }

    [Fact]
    public async Task settles_by_itself_when_the_platform_lost_its_answers()
    {
        await using var clinic = await Clinic.Open();
        await clinic.Quote();
        clinic.Platform.Deaf["/settlement"] = 0;
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await clinic.Pay()).StatusCode);
        Assert.Equal(VisitStage.Paid, clinic.Feed.Now.Visit!.Stage);
        clinic.Platform.Deaf.Clear();
        await clinic.Until(view => view.Visit!.Stage == VisitStage.Settled);
        Assert.Equal(50_000 - 2_180, clinic.Chip.Purse.BalanceFen);
        Assert.Equal(1, clinic.Platform.Visits.Values.Single().Settlements);
    }

    [Fact]
    public async Task does_not_debit_when_the_platform_did_not_say_reserved()
    {
        await using var clinic = await Clinic.Open();
        await clinic.Quote();
        clinic.Platform.Deaf["/debit/intent"] = 0;
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await clinic.Pay()).StatusCode);
        Assert.Equal(50_000, clinic.Chip.Purse.BalanceFen);
        Assert.Equal("proved-not-charged", clinic.Platform.Visits.Values.Single().Outcomes.Single().Outcome);
        clinic.Platform.Deaf.Clear();
        Assert.Equal(HttpStatusCode.OK, (await clinic.Pay()).StatusCode);
        Assert.Equal(50_000 - 2_180, clinic.Chip.Purse.BalanceFen);
    }

    [Fact]
    public async Task says_what_the_card_refused_and_nothing_is_charged()
    {
        await using var clinic = await Clinic.Open(balanceFen: 100);
        await clinic.Quote();
        var answer = await clinic.Pay();
        Assert.Equal(HttpStatusCode.Conflict, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType!.MediaType);
        Assert.Contains("余额不足", await answer.Content.ReadAsStringAsync());
        Assert.Empty(clinic.Journal.Entries);
    }

    [Theory]
    [InlineData("blocked")]
    [InlineData("unknown")]
    [InlineData("0")]
    public async Task serves_no_card_the_platform_does_not_call_active(string state)
    {
        await using var clinic = await Clinic.Open(startAgent: false);
        clinic.Platform.CardState = state;
        await clinic.StartAgent();
        await clinic.Until(view => view.Card is { State: "blocked" or "unknown" });
        Assert.Equal(HttpStatusCode.Conflict, (await clinic.Register()).StatusCode);
        Assert.Empty(clinic.Platform.Visits);
    }

    [Fact]
    public async Task refuses_fee_lines_without_sense_and_a_visit_out_of_order()
    {
        await using var clinic = await Clinic.Open();
        await clinic.Identified();
        Assert.Equal(HttpStatusCode.Conflict, (await clinic.PreSettle()).StatusCode);
        Assert.Equal(HttpStatusCode.Conflict, (await clinic.Pay()).StatusCode);
        (await clinic.Register()).EnsureSuccessStatusCode();
        Assert.Equal(HttpStatusCode.BadRequest, (await clinic.Http.PostAsJsonAsync("/api/visit/pre-settlement", new { feeLines = new[] { new { code = "A", name = "A", quantity = 1, amountFen = -1 } } })).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await clinic.Http.PostAsJsonAsync("/api/visit/pre-settlement", new { feeLines = Array.Empty<object>() })).StatusCode);
        Assert.Equal(HttpStatusCode.Conflict, (await clinic.Pay()).StatusCode);
        Assert.Equal(50_000, clinic.Chip.Purse.BalanceFen);
    }
}
