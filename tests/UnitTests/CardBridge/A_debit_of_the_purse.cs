using Health.CardBridge.Settlements;

namespace Health.UnitTests.CardBridge;

public sealed class A_debit_of_the_purse
{
    private static readonly SettlementState PreSettled = Visits.AtEveryStage[VisitStage.PreSettled];
    private static readonly SettlementState Reserved = Visits.AtEveryStage[VisitStage.PurseReserved];
    private static readonly SettlementState Unknown = Visits.AtEveryStage[VisitStage.PurseUnknown];

    [Fact]
    public void is_of_exactly_the_own_share()
    {
        Assert.Equal(422, PreSettled.RefusalOf(new ReserveDebit(Visits.Later, Visits.Debit with { AmountFen = 2_999 })).Status);
        Assert.Equal(422, PreSettled.RefusalOf(new ReserveDebit(Visits.Later, Visits.Debit with { AmountFen = -3_000 })).Status);
        Assert.Equal(VisitStage.PurseReserved, PreSettled.After(new ReserveDebit(Visits.Later, Visits.Debit)).Stage);
    }

    [Fact]
    public void needs_the_balance_the_card_of_the_visit_and_a_fresh_terminal_sequence()
    {
        Assert.Equal("balanceFen", PreSettled.RefusalOf(new ReserveDebit(Visits.Later, Visits.Debit with { BalanceFen = 2_999 })).Expression);
        Assert.Equal(409, PreSettled.RefusalOf(new ReserveDebit(Visits.Later, Visits.Debit with { ChipSerial = "3100510700000002" })).Status);
        var refused = Reserved.After(Visits.Report(DeskReport.Refused));
        Assert.Equal(409, refused.RefusalOf(new ReserveDebit(Visits.Later, Visits.Debit)).Status);
        Assert.Equal(VisitStage.PurseReserved, refused.After(new ReserveDebit(Visits.Later, Visits.Debit with { TermSeq = 8 })).Stage);
    }

    [Fact]
    public void that_the_card_refused_changes_nothing()
    {
        var state = Reserved.After(Visits.Report(DeskReport.Refused));
        Assert.Equal((VisitStage.PreSettled, false), (state.Stage, state.IsCharged));
    }

    [Fact]
    public void whose_code_does_not_verify_is_unknown_not_done()
    {
        var state = Reserved.After(Visits.Report(DeskReport.Debited, holds: false));
        Assert.Equal((VisitStage.PurseUnknown, false), (state.Stage, state.IsCharged));
    }

    [Fact]
    public void of_unknown_outcome_forbids_another_until_it_is_decided()
    {
        Assert.Equal(409, Unknown.RefusalOf(new ReserveDebit(Visits.Later, Visits.Debit with { TermSeq = 8 })).Status);
        Assert.Equal(409, Unknown.RefusalOf(new RequestSettlement(Visits.Later, Visits.Id(7))).Status);
        Assert.Equal(409, Unknown.RefusalOf(Visits.Report(DeskReport.Refused)).Status);
        Assert.Empty(SettlementDecider.Decide(new ReserveDebit(Visits.Later, Visits.Debit), Unknown).FactsOf());
    }

    [Fact]
    public void of_unknown_outcome_is_charged_when_proved()
    {
        var state = Unknown.After(Visits.Report(DeskReport.ProvedCharged));
        Assert.Equal((VisitStage.PurseDebited, true), (state.Stage, state.IsCharged));
        Assert.Equal(422, Unknown.RefusalOf(Visits.Report(DeskReport.ProvedCharged, holds: false)).Status);
    }

    [Fact]
    public void of_unknown_outcome_may_be_tried_again_when_disproved()
    {
        var state = Unknown.After(Visits.Report(DeskReport.ProvedNotCharged));
        Assert.Equal((VisitStage.PreSettled, false), (state.Stage, state.IsCharged));
        Assert.Equal(VisitStage.PurseReserved, state.After(new ReserveDebit(Visits.Later, Visits.Debit with { TermSeq = 8 })).Stage);
    }

    [Fact]
    public void believed_not_to_have_charged_counts_when_its_proof_comes_late()
    {
        var believed = Reserved.After(Visits.Report(DeskReport.Refused));
        var state = believed.After(Visits.Report(DeskReport.ProvedCharged));
        Assert.Equal((VisitStage.PurseDebited, Visits.Tac), (state.Stage, state.Tac));
    }

    [Fact]
    public void reported_twice_with_different_codes_is_a_conflict()
    {
        var state = Visits.AtEveryStage[VisitStage.PurseDebited];
        Assert.Empty(SettlementDecider.Decide(Visits.Report(DeskReport.Debited), state).FactsOf());
        Assert.Equal(409, state.RefusalOf(Visits.Report(DeskReport.Debited, tac: "FFFFFFFF")).Status);
        Assert.Equal(409, state.RefusalOf(Visits.Report(DeskReport.ProvedNotCharged)).Status);
    }

    [Fact]
    public void whose_desk_falls_silent_becomes_unknown_after_two_minutes()
    {
        Assert.Equal(Step.None, NextStep.Of(Reserved, Visits.Noon.AddSeconds(119)));
        Assert.Equal(Step.GiveUpWaitingForDebit, NextStep.Of(Reserved, Visits.Noon.AddSeconds(120)));
        Assert.Equal(VisitStage.PurseUnknown, Reserved.After(new GiveUpWaitingForDebit(Visits.Noon.AddSeconds(120))).Stage);
    }

    [Fact]
    public void of_another_sequence_than_the_reserved_one_is_not_taken() =>
        Assert.Equal(409, Reserved.RefusalOf(Visits.Report(DeskReport.Debited) with { TermSeq = 99 }).Status);
}
