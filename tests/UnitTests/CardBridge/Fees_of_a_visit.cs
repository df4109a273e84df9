using Health.CardBridge.Settlements;

namespace Health.UnitTests.CardBridge;

public sealed class Fees_of_a_visit
{
    [Fact]
    public void that_change_before_the_debit_are_revoked_at_the_insurer_first()
    {
        var state = Visits.AtEveryStage[VisitStage.PreSettled].After(new TakeFees(Visits.Fees(20_000, 2, Visits.Later)));
        state = state.After(new ConfirmVisitUpload(Visits.Later));
        Assert.Equal(Step.RevokeFees, NextStep.Of(state, Visits.Later));
        Assert.Empty(SettlementDecider.Decide(new ConfirmFeesUpload(Visits.Later), state).FactsOf());
        Assert.Equal(Step.UploadFees, NextStep.Of(state.After(new ConfirmFeesRevoked(Visits.Later)), Visits.Later));
    }

    [Theory]
    [InlineData(VisitStage.PurseReserved)]
    [InlineData(VisitStage.PurseUnknown)]
    [InlineData(VisitStage.PurseDebited)]
    [InlineData(VisitStage.InsuranceUnknown)]
    [InlineData(VisitStage.Closed)]
    public void cannot_change_once_money_may_have_moved(VisitStage stage)
    {
        Assert.Equal(409, Visits.AtEveryStage[stage].RefusalOf(new TakeFees(Visits.Fees(20_000, 2, Visits.Later))).Status);
        Assert.Empty(SettlementDecider.Decide(new TakeFees(Visits.Fees(at: Visits.Later)), Visits.AtEveryStage[stage]).FactsOf());
    }

    [Fact]
    public void whose_presettlement_expired_are_presettled_anew()
    {
        var state = Visits.AtEveryStage[VisitStage.PreSettled];
        Assert.Equal(409, state.RefusalOf(new ReserveDebit(Visits.Noon.AddMinutes(5), Visits.Debit)).Status);
        var renewed = state.After(new TakeFees(Visits.Fees(at: Visits.Noon.AddMinutes(5)) with { PreSettleMsgId = Visits.Id(20) }));
        Assert.Equal((VisitStage.FeesUploaded, Visits.Id(20)), (renewed.Stage, renewed.PreSettleMsgId));
    }

    [Fact]
    public void that_the_insurer_does_not_know_are_refused_visibly_and_can_be_corrected()
    {
        var state = Visits.AtEveryStage[VisitStage.VisitUploaded].After(new RefusePreSettlement(Visits.Later, "2204: 目录未对照"));
        Assert.Equal((VisitStage.Registered, "2204: 目录未对照"), (state.Stage, state.Reason));
        Assert.Equal(VisitStage.Draft, state.After(new TakeFees(Visits.Fees(20_000, 2, Visits.Later))).Stage);
    }

    [Fact]
    public void whose_split_does_not_add_up_are_not_presettled()
    {
        var state = Visits.AtEveryStage[VisitStage.FeesUploaded].After(new ConfirmPreSettlement(Visits.Later, Visits.Bill with { Fund = new(6_001) }));
        Assert.Equal(VisitStage.Registered, state.Stage);
    }

    [Theory]
    [InlineData("", "诊察费", 1, 100, "feeLines[0].code")]
    [InlineData("001102000010000", "", 1, 100, "feeLines[0].name")]
    [InlineData("001102000010000", "诊察费", 0, 100, "feeLines[0].quantity")]
    [InlineData("001102000010000", "诊察费", 1, 0, "feeLines[0].amountFen")]
    [InlineData("001102000010000", "诊察费", 1, -1, "feeLines[0].amountFen")]
    [InlineData("001102000010000", "诊察费", 1, long.MaxValue, "feeLines[0].amountFen")]
    [InlineData("001102000010000", "诊察费", 1, 10_000_001, "feeLines[0].amountFen")]
    public void with_a_wrong_line_are_refused_with_its_place(string code, string name, int quantity, long fen, string place) =>
        Assert.Equal(place, FeeLine.Check([new FeeLine(code, name, quantity, fen)])!.Expression);

    [Fact]
    public void are_one_to_two_hundred()
    {
        var line = new FeeLine("001102000010000", "诊察费", 1, FeeLine.MaxAmountFen);
        Assert.NotNull(FeeLine.Check([]));
        Assert.NotNull(FeeLine.Check(null));
        Assert.NotNull(FeeLine.Check([.. Enumerable.Repeat(line, 201)]));
        Assert.Null(FeeLine.Check([.. Enumerable.Repeat(line, 200)]));
        Assert.Equal(2_000_000_000, FeeLine.Sum([.. Enumerable.Repeat(line, 200)]).Value);
    }
}
