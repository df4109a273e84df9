using System.Net;
using Health.CardAgent.Desk;
using Health.CardAgent.Journal;
using Health.Cards;

namespace Health.IntegrationTests.Cards;

public sealed class A_card_pulled_during_the_debit
{
    [Theory]
    [InlineData(TearPoint.BeforeExecution, false)]
    [InlineData(TearPoint.AfterExecution, true)]
    public async Task is_unknown_until_it_is_back_and_then_charged_exactly_once(TearPoint point, bool charged)
    {
        await using var clinic = await Clinic.Open();
        await clinic.Quote();
        await clinic.Tear(point);
        Assert.Equal(HttpStatusCode.Conflict, (await clinic.Pay()).StatusCode);
        Assert.Equal(VisitStage.Unknown, clinic.Feed.Now.Visit!.Stage);
        Assert.Single(clinic.Feed.Now.Undecided);
        var visit = clinic.Platform.Visits.Values.Single();
        Assert.Equal("purse-unknown", visit.State);
        // Nothing may be debited anew while it is undecided.
        Assert.Equal(HttpStatusCode.Conflict, (await clinic.Pay()).StatusCode);

        await clinic.Insert();
        if (!charged)
        {
            await clinic.Until(view => view is { Undecided.Count: 0, Visit.Stage: VisitStage.PreSettled, Card.State: "identified" });
            Assert.Equal(["unknown", "proved-not-charged"], visit.Outcomes.Select(outcome => outcome.Outcome));
            Assert.Equal(50_000, clinic.Chip.Purse.BalanceFen);
            Assert.Equal(HttpStatusCode.OK, (await clinic.Pay()).StatusCode);
        }
        await clinic.Until(view => view.Visit!.Stage == VisitStage.Settled);
        if (charged) Assert.Equal(["unknown", "proved-charged"], visit.Outcomes.Select(outcome => outcome.Outcome));
        Assert.Equal(50_000 - 2_180, clinic.Chip.Purse.BalanceFen);
        Assert.Equal(1, visit.Settlements);
    }

    [Fact]
    public async Task is_decided_even_when_the_desk_went_on_to_the_next_visit_and_restarted()
    {
        await using var clinic = await Clinic.Open();
        await clinic.Quote();
        await clinic.Tear(TearPoint.AfterExecution);
        await clinic.Pay();
        await clinic.Http.PostAsync("/api/visit/close", null);
        await clinic.StopAgent();
        await clinic.StartAgent();
        await clinic.Until(view => view is { Undecided.Count: 0, Unreported: 0 } && clinic.Journal.Entries.Single().Settled);
        Assert.Equal("closed", clinic.Platform.Visits.Values.Single().State);
        Assert.Single(Directory.GetFiles(Path.Combine(clinic.Folder, "agent", "receipts")));
    }

    [Theory]
    [InlineData(TearPoint.BeforeExecution, false)]
    [InlineData(TearPoint.AfterExecution, true)]
    public async Task is_decided_even_when_the_desk_lost_its_disk(TearPoint point, bool charged)
    {
        await using var clinic = await Clinic.Open();
        await clinic.Quote();
        await clinic.Tear(point);
        await clinic.Pay();
        await clinic.StopAgent();
        Directory.Delete(Path.Combine(clinic.Folder, "agent"), recursive: true);
        await clinic.StartAgent();
        await clinic.Until(_ => clinic.Journal.Undecided.Count == 1 || clinic.Journal.Entries is [{ IsUndecided: false }]);
        // Whether the card was there before the platform was asked or not: it is put in again.
        await clinic.Insert();
        await clinic.Until(view => view is { Undecided.Count: 0, Unreported: 0 } && clinic.Journal.Entries.Single() is { IsUndecided: false });
        Assert.Equal(charged ? "proved-charged" : "proved-not-charged", clinic.Journal.Entries.Single().Outcome);
        await clinic.Until(_ => clinic.Platform.Visits.Values.Single().State == (charged ? "closed" : "pre-settled"));
    }

    [Fact]
    public async Task keeps_its_outcome_until_the_platform_is_back()
    {
        await using var clinic = await Clinic.Open();
        await clinic.Quote();
        clinic.Platform.Deaf["/debit/outcome"] = 0;
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await clinic.Pay()).StatusCode);
        Assert.Equal("debited", clinic.Journal.Unreported.Single().Outcome);
        clinic.Platform.Deaf.Clear();
        await clinic.Until(view => view.Visit!.Stage == VisitStage.Settled);
        Assert.Empty(clinic.Journal.Unreported);
        Assert.Equal(50_000 - 2_180, clinic.Chip.Purse.BalanceFen);
    }
}
