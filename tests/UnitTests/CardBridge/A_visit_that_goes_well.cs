using Health.CardBridge.Settlements;
using Health.Contracts;

namespace Health.UnitTests.CardBridge;

public sealed class A_visit_that_goes_well
{
    [Fact]
    public void is_registered_presettled_paid_settled_and_closed_step_by_step()
    {
        var state = SettlementState.Empty.After(new RequestVisit(Visits.Request));
        Assert.Equal(Step.Register, NextStep.Of(state, Visits.Noon));
        state = state.After(new ConfirmRegistration(Visits.Noon, "patient-1", "encounter-1", Visits.Sealed));
        Assert.Equal(Step.None, NextStep.Of(state, Visits.Noon));
        state = state.After(new TakeFees(Visits.Fees()));
        Assert.Equal(Step.UploadVisit, NextStep.Of(state, Visits.Noon));
        state = state.After(new ConfirmVisitUpload(Visits.Noon));
        Assert.Equal(Step.UploadFees, NextStep.Of(state, Visits.Noon));
        state = state.After(new ConfirmFeesUpload(Visits.Noon));
        Assert.Equal(Step.PreSettle, NextStep.Of(state, Visits.Noon));
        state = state.After(new ConfirmPreSettlement(Visits.Noon, Visits.Bill));
        Assert.Equal(Visits.Noon.AddMinutes(5), state.ExpiresAt);
        state = state.After(new ReserveDebit(Visits.Noon, Visits.Debit)).After(Visits.Report(DeskReport.Debited));
        Assert.Equal(Step.None, NextStep.Of(state, Visits.Later));
        state = state.After(new RequestSettlement(Visits.Later, Visits.Id(7)));
        Assert.Equal(Step.Settle, NextStep.Of(state, Visits.Later));
        state = state.After(new ConfirmSettlement(Visits.Later, "S1", Visits.Bill, Visits.Id(9)));
        Assert.Equal(Step.PostToHis, NextStep.Of(state, Visits.Later));
        state = state.After(new ConfirmHisPosting(Visits.Later, "R1"));
        Assert.Equal(Step.WriteRecords, NextStep.Of(state, Visits.Later));
        state = state.After(new ConfirmRecords(Visits.Later, "R1"));
        Assert.Equal(Step.Close, NextStep.Of(state, Visits.Later));
        state = state.After(new CloseVisit(Visits.Later));
        Assert.Equal((VisitStage.Closed, Step.None), (state.Stage, NextStep.Of(state, Visits.Later)));
        Assert.Equal(Visits.Bill, state.Settled);
    }

    [Fact]
    public void with_nothing_left_to_pay_settles_without_a_debit()
    {
        var free = new Split(new(10_000), new(9_000), new(1_000), Fen.Zero);
        var state = Visits.AtEveryStage[VisitStage.FeesUploaded].After(new ConfirmPreSettlement(Visits.Noon, free)).After(new RequestSettlement(Visits.Later, Visits.Id(7)));
        Assert.Equal(VisitStage.InsuranceSettling, state.Stage);
        Assert.Equal(VisitStage.InsuranceSettled, state.After(new ConfirmSettlement(Visits.Later, "S1", free, Visits.Id(9))).Stage);
    }

    [Fact]
    public void is_settled_by_itself_when_the_desk_falls_silent_after_the_debit()
    {
        var state = Visits.AtEveryStage[VisitStage.PurseDebited];
        Assert.Equal(Step.None, NextStep.Of(state, Visits.Noon.AddSeconds(119)));
        Assert.Equal(Step.RequestSettlement, NextStep.Of(state, Visits.Noon.AddSeconds(120)));
    }
}
