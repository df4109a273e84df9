using Health.CardBridge.Settlements;
using Health.Contracts;

namespace Health.UnitTests.CardBridge;

public sealed class A_payment_in_several_tenders
{
    private static readonly SettlementState PreSettled = Visits.AtEveryStage[VisitStage.PreSettled];
    private static readonly SettlementState Planned = SettlementState.Of(Visits.ToPlanned);
    private static readonly SettlementState Collecting = Visits.AtEveryStage[VisitStage.Collecting];

    private static PlanTenders Plan(params (TenderKind, long)[] wanted) => new(Visits.Later, wanted);

    private static PurseDebit Part => Visits.Debit with { AmountFen = 1_500, TermSeq = 9 };

    private static ReportDebit Report(DeskReport outcome) => Visits.Report(outcome) with { TermSeq = 9 };

    [Fact]
    public void adds_up_to_the_own_share_or_is_no_plan()
    {
        Assert.Equal("tenders", PreSettled.RefusalOf(Plan((TenderKind.Cash, 2_999))).Expression);
        Assert.Equal("tenders", PreSettled.RefusalOf(Plan((TenderKind.Cash, 1_000), (TenderKind.Purse, 1_000), (TenderKind.Purse, 1_000))).Expression);
        Assert.Equal("tenders[0].amountFen", PreSettled.RefusalOf(Plan((TenderKind.Cash, -1_000), (TenderKind.Mobile, 4_000))).Expression);
        Assert.Equal("tenders[0].amountFen", PreSettled.RefusalOf(Plan((TenderKind.Cash, long.MaxValue), (TenderKind.Mobile, 4_000))).Expression);
        Assert.Equal(409, PreSettled.After(Plan((TenderKind.Cash, 3_000))).RefusalOf(new ReserveDebit(Visits.Later, Visits.Debit)).Status);
    }

    [Fact]
    public void is_collected_leg_by_leg_and_then_paid()
    {
        var state = Planned.After(new RequestTender(Visits.Later, "1"));
        Assert.Equal((VisitStage.TenderRequested, Step.Pay), (state.Stage, NextStep.Of(state, Visits.Later)));
        state = state.After(new ConfirmTender(Visits.Later, Visits.Order("1"), "ACQ1"));
        Assert.Equal((VisitStage.Collecting, 1_000), (state.Stage, state.CollectedFen));
        state = state.After(new ReserveDebit(Visits.Later, Part)).After(Report(DeskReport.Debited));
        Assert.Equal((VisitStage.Collecting, 2_500), (state.Stage, state.CollectedFen));
        state = state.After(new RequestTender(Visits.Later, "3"));
        Assert.Equal((VisitStage.PurseDebited, 3_000), (state.Stage, state.CollectedFen));
        Assert.Equal(VisitStage.InsuranceSettled, state.After(new RequestSettlement(Visits.Later, Visits.Id(7))).After(new ConfirmSettlement(Visits.Later, "S1", Visits.Bill, Visits.Id(9))).Stage);
    }

    [Fact]
    public void moves_one_leg_at_a_time()
    {
        var asked = Planned.After(new RequestTender(Visits.Later, "1"));
        Assert.Equal(409, asked.RefusalOf(new RequestTender(Visits.Later, "3")).Status);
        Assert.Equal(409, asked.RefusalOf(new ReserveDebit(Visits.Later, Part)).Status);
        Assert.Equal(409, asked.RefusalOf(new RequestSettlement(Visits.Later, Visits.Id(7))).Status);
        Assert.Equal(409, Planned.RefusalOf(new RequestTender(Visits.Later, "2")).Status);
        Assert.Equal(404, Planned.RefusalOf(new RequestTender(Visits.Later, "9")).Status);
    }

    [Fact]
    public void of_unknown_outcome_is_asked_after_by_its_number_and_never_paid_again()
    {
        var lost = Planned.After(new RequestTender(Visits.Later, "1")).After(new LoseTender(Visits.Later, Visits.Order("1"), "lost"));
        Assert.Equal((VisitStage.TenderUnknown, Step.QueryTender), (lost.Stage, NextStep.Of(lost, Visits.Later)));
        Assert.Empty(SettlementDecider.Decide(new RequestTender(Visits.Later, "1"), lost).FactsOf());
        Assert.Equal(VisitStage.Collecting, lost.After(new ConfirmTender(Visits.Later, Visits.Order("1"), "ACQ1")).Stage);
        var refused = lost.After(new RefuseTender(Visits.Later, Visits.Order("1"), "closed"));
        Assert.Equal(VisitStage.PreSettled, refused.Stage);
        // The next try has a number of its own, so a late answer to the first says nothing of it.
        var again = refused.After(new RequestTender(Visits.Later, "1"));
        Assert.NotEqual(Visits.Order("1"), again.Legs[0].OrderNo);
        Assert.Empty(SettlementDecider.Decide(new ConfirmTender(Visits.Later, Visits.Order("1"), "ACQ1"), again).FactsOf());
    }

    [Fact]
    public void may_go_on_with_other_tenders_for_what_is_left()
    {
        var state = Collecting.After(Plan((TenderKind.Bank, 2_000)));
        Assert.Equal([("1", LegState.Collected), ("4", LegState.Planned)], state.Legs.Select(leg => (leg.Id, leg.State)));
        Assert.Equal("tenders", Collecting.RefusalOf(Plan((TenderKind.Bank, 3_000))).Expression);
    }

    [Fact]
    public void that_is_not_finished_goes_back_leg_by_leg()
    {
        Assert.Equal(Step.Abandon, NextStep.Of(Collecting, Visits.Noon + NextStep.CollectPatience));
        var state = Collecting.After(new RequestTender(Visits.Later, "3")).After(new CancelVisit(Visits.Later, Visits.Id(33)));
        Assert.Equal(VisitStage.RefundDue, state.Stage);
        state = state.After(new LoseTenderRefund(Visits.Later, "1", "lost"));
        Assert.Equal((VisitStage.RefundUnknown, Step.Refund), (state.Stage, NextStep.Of(state, Visits.Later)));
        state = state.After(new ConfirmTenderRefund(Visits.Later, "1"));
        // Cash waits for the cashier's hand.
        Assert.Equal((VisitStage.RefundHeld, Step.None), (state.Stage, NextStep.Of(state, Visits.Later)));
        Assert.Equal(VisitStage.Refunded, state.After(new ConfirmTenderRefund(Visits.Later, "3")).Stage);
    }

    [Fact]
    public void of_a_refused_settlement_leaves_no_leg_charged()
    {
        var paid = Collecting.After(new ReserveDebit(Visits.Later, Part)).After(Report(DeskReport.Debited)).After(new RequestTender(Visits.Later, "3"));
        var state = paid.After(new RequestSettlement(Visits.Later, Visits.Id(7))).After(new RefuseSettlement(Visits.Later, "no"));
        Assert.Equal((VisitStage.RefundDue, 0), (state.Stage, state.CollectedFen));
        state = state.After(new ConfirmRefund(Visits.Later)).After(new ConfirmTenderRefund(Visits.Later, "1")).After(new ConfirmTenderRefund(Visits.Later, "3"));
        Assert.Equal(VisitStage.Refunded, state.Stage);
        Assert.DoesNotContain(state.Legs, leg => leg.IsCharged);
    }

    [Fact]
    public void comes_after_the_insurance_where_that_is_the_policy()
    {
        var first = SettlementState.Of([.. Visits.ToRegistered, Visits.Fees() with { RevokeMsgId = null, InsuranceFirst = true }, .. Visits.ToPreSettled[^3..]]);
        Assert.Equal(409, first.RefusalOf(new ReserveDebit(Visits.Later, Visits.Debit)).Status);
        var settled = first.After(new RequestSettlement(Visits.Later, Visits.Id(7))).After(new ConfirmSettlement(Visits.Later, "S1", Visits.Bill, Visits.Id(9)));
        Assert.Equal((VisitStage.SettledUnpaid, Step.None), (settled.Stage, NextStep.Of(settled, Visits.Later)));
        Assert.Equal(Step.PostToHis, NextStep.Of(settled.After(new ReserveDebit(Visits.Later, Visits.Debit)).After(Visits.Report(DeskReport.Debited)), Visits.Later));
        var given = settled.After(new AbandonCollection(Visits.Later, Visits.Id(32), "not paid"));
        Assert.Equal((VisitStage.CancelDue, Step.Cancel), (given.Stage, NextStep.Of(given, Visits.Later)));
        Assert.Equal(VisitStage.Registered, given.After(new ConfirmCancellation(Visits.Later)).Stage);
    }

    [Fact]
    public void that_is_all_of_a_settled_visit_goes_back_on_reversal_and_the_red_receipt_comes_last()
    {
        var state = Visits.AtEveryStage[VisitStage.Closed].After(new ReverseVisit(new ReversalRequested(Visits.Later, Visits.Id(34), false, Visits.Sealed)));
        Assert.Equal(Step.Cancel, NextStep.Of(state, Visits.Later));
        state = state.After(new ConfirmCancellation(Visits.Later));
        Assert.Equal((VisitStage.RefundDue, Step.Refund), (state.Stage, NextStep.Of(state, Visits.Later)));
        state = state.After(new LoseRefund(Visits.Later, "lost")).After(new ConfirmRefund(Visits.Later));
        Assert.Equal(Step.ReverseAtHis, NextStep.Of(state, Visits.Later));
        state = state.After(new ConfirmHisReversal(Visits.Later, "R1-R"));
        Assert.Equal(Step.WriteReversal, NextStep.Of(state, Visits.Later));
        Assert.Equal(VisitStage.Reversed, state.After(new ConfirmRedReceipt(Visits.Later, "R1-R")).Stage);
    }

    [Fact]
    public void is_rated_once()
    {
        var rated = Visits.AtEveryStage[VisitStage.Closed].After(new RateVisit(Visits.Later, 4));
        Assert.Equal(4, rated.Stars);
        Assert.Empty(SettlementDecider.Decide(new RateVisit(Visits.Later, 4), rated).FactsOf());
        Assert.Equal(409, rated.RefusalOf(new RateVisit(Visits.Later, 5)).Status);
        Assert.Equal("stars", Visits.AtEveryStage[VisitStage.Closed].RefusalOf(new RateVisit(Visits.Later, 6)).Expression);
        Assert.Equal(409, PreSettled.RefusalOf(new RateVisit(Visits.Later, 5)).Status);
    }

    [Fact]
    public void of_a_registration_that_is_cancelled_never_begins()
    {
        var state = Visits.AtEveryStage[VisitStage.Registered].After(new CancelVisit(Visits.Later, Visits.Id(33)));
        Assert.Equal(Step.CancelRegistration, NextStep.Of(state, Visits.Later));
        Assert.Equal(VisitStage.Cancelled, state.After(new ConfirmVisitCancel(Visits.Later)).Stage);
        Assert.Equal((VisitStage.Registered, "no"), (state.After(new RefuseVisitCancel(Visits.Later, "no")).Stage, state.After(new RefuseVisitCancel(Visits.Later, "no")).Reason));
        Assert.Equal(409, Visits.AtEveryStage[VisitStage.Closed].RefusalOf(new CancelVisit(Visits.Later, Visits.Id(33))).Status);
    }
}
