using Health.CardBridge.Settlements;

namespace Health.UnitTests.CardBridge;

public sealed class A_settlement_at_the_insurer
{
    private static readonly SettlementState Settling = Visits.AtEveryStage[VisitStage.InsuranceSettling];
    private static readonly SettlementState Unknown = Visits.AtEveryStage[VisitStage.InsuranceUnknown];

    [Theory, InlineData(true), InlineData(false)]
    public void whose_answer_was_lost_is_undone_presettled_anew_and_tried_again_without_a_second_debit(bool found)
    {
        Assert.Equal(Step.Reverse, NextStep.Of(Unknown, Visits.Later));
        var state = Unknown.After(new ConfirmReversal(Visits.Later, found, Visits.Id(13)));
        Assert.Equal((VisitStage.PurseDebited, true, Visits.Id(13)), (state.Stage, state.IsCharged, state.PreSettleMsgId));
        Assert.Equal(Step.PreSettle, NextStep.Of(state, Visits.Later));
        Assert.Empty(SettlementDecider.Decide(new RequestSettlement(Visits.Later, Visits.Id(14)), state).FactsOf());
        state = state.After(new ConfirmPreSettlement(Visits.Later, Visits.Bill));
        Assert.Equal(Step.RequestSettlement, NextStep.Of(state, Visits.Later));
        state = state.After(new RequestSettlement(Visits.Later, Visits.Id(14)));
        Assert.Equal((VisitStage.InsuranceSettling, Visits.Id(14), 2), (state.Stage, state.SettleMsgId, state.Attempts));
        Assert.Equal(409, state.RefusalOf(new ReserveDebit(Visits.Later, Visits.Debit with { TermSeq = 8 })).Status);
    }

    [Fact]
    public void whose_own_share_changed_meanwhile_gives_the_money_back()
    {
        var state = Unknown.After(new ConfirmReversal(Visits.Later, true, Visits.Id(13))).After(new ConfirmPreSettlement(Visits.Later, Visits.Bill with { Fund = new(5_000), Self = new(4_000) }));
        Assert.Equal((VisitStage.RefundDue, Step.Refund), (state.Stage, NextStep.Of(state, Visits.Later)));
    }

    [Fact]
    public void that_was_refused_gives_the_money_back()
    {
        var state = Settling.After(new RefuseSettlement(Visits.Later, "no"));
        Assert.Equal(VisitStage.RefundDue, state.Stage);
        Assert.Contains(Visits.Debit.Key, state.RefundId);
        Assert.Equal(VisitStage.Refunded, state.After(new LoseRefund(Visits.Later, "lost")).After(new ConfirmRefund(Visits.Later)).Stage);
        Assert.Equal(VisitStage.RefundHeld, state.After(new RefuseRefund(Visits.Later, "no")).Stage);
    }

    [Theory]
    [InlineData(10_000, 7_000, 1_000, 2_000)]
    [InlineData(10_001, 6_001, 1_000, 3_000)]
    [InlineData(10_000, 6_000, 1_001, 3_000)]
    public void of_other_amounts_than_were_paid_is_cancelled_and_the_money_goes_back(long total, long fund, long account, long self)
    {
        var state = Settling.After(new ConfirmSettlement(Visits.Later, "S1", new Split(new(total), new(fund), new(account), new(self)), Visits.Id(11)));
        Assert.Equal((VisitStage.CancelDue, Step.Cancel), (state.Stage, NextStep.Of(state, Visits.Later)));
        Assert.Equal(VisitStage.RefundDue, state.After(new ConfirmCancellation(Visits.Later)).Stage);
    }

    [Fact]
    public void lost_five_times_gives_the_money_back()
    {
        var state = Settling;
        for (var attempt = 1; attempt < SettlementDecider.MaxAttempts; attempt++)
            state = state.After(new LoseSettlement(Visits.Later, "lost", Visits.Id(12))).After(new ConfirmReversal(Visits.Later, true, Visits.Id(13)))
                .After(new ConfirmPreSettlement(Visits.Later, Visits.Bill)).After(new RequestSettlement(Visits.Later, Visits.Id(14)));
        state = state.After(new LoseSettlement(Visits.Later, "lost", Visits.Id(12))).After(new ConfirmReversal(Visits.Later, true, Visits.Id(13)));
        Assert.Equal(VisitStage.RefundDue, state.Stage);
    }

    [Fact]
    public void whose_answer_comes_after_it_was_given_up_changes_nothing() =>
        Assert.Empty(SettlementDecider.Decide(new ConfirmSettlement(Visits.Later, "S1", Visits.Bill, Visits.Id(11)), Unknown).FactsOf());
}
