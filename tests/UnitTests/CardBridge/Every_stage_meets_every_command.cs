using Health.CardBridge.Settlements;

namespace Health.UnitTests.CardBridge;

public sealed class Every_stage_meets_every_command
{
    public static TheoryData<VisitStage> Stages => [.. Enum.GetValues<VisitStage>()];

    [Theory, MemberData(nameof(Stages))]
    public void and_each_way_to_a_stage_leads_there(VisitStage stage) => Assert.Equal(stage, Visits.AtEveryStage[stage].Stage);

    [Theory, MemberData(nameof(Stages))]
    public void without_an_exception_and_with_a_decision(VisitStage stage)
    {
        foreach (var command in Visits.EveryCommand) Assert.NotNull(SettlementDecider.Decide(command, Visits.AtEveryStage[stage]));
    }

    [Theory, MemberData(nameof(Stages))]
    public void and_the_same_command_twice_adds_nothing_the_second_time(VisitStage stage)
    {
        foreach (var command in Visits.EveryCommand)
        {
            var state = Visits.AtEveryStage[stage];
            if (SettlementDecider.Decide(command, state) is not Decision.Accepted { Facts.Count: > 0 } first) continue;
            var after = first.Facts.Aggregate(state, (s, fact) => s.Apply(fact));
            if (SettlementDecider.Decide(command, after) is Decision.Accepted second) Assert.True(second.Facts.Count == 0, $"{command.GetType().Name} in {stage} was carried out twice.");
        }
    }

    [Theory]
    [InlineData(VisitStage.Closed)]
    [InlineData(VisitStage.Cancelled)]
    [InlineData(VisitStage.Reversed)]
    [InlineData(VisitStage.Refunded)]
    [InlineData(VisitStage.RegistrationRefused)]
    public void and_nothing_follows_the_end_but_the_reversal_and_the_rating_of_a_closed_visit(VisitStage stage)
    {
        foreach (var command in Visits.EveryCommand.Where(command => stage != VisitStage.Closed || command is not (ReverseVisit or RateVisit)))
            if (SettlementDecider.Decide(command, Visits.AtEveryStage[stage]) is Decision.Accepted accepted)
                Assert.True(accepted.Facts.Count == 0, $"{command.GetType().Name} added to a visit that is {stage}.");
    }

    [Theory, MemberData(nameof(Stages))]
    public void and_only_proof_or_patience_leads_to_a_debit(VisitStage stage)
    {
        foreach (var command in Visits.EveryCommand)
        {
            var state = Visits.AtEveryStage[stage];
            if (state.IsCharged || SettlementDecider.Decide(command, state) is not Decision.Accepted accepted) continue;
            if (!accepted.Facts.OfType<PurseDebited>().Any()) continue;
            var report = Assert.IsType<ReportDebit>(command);
            Assert.True(report.ProofHolds, $"{report.Outcome} in {stage} charged without proof.");
        }
    }

    [Theory, MemberData(nameof(Stages))]
    public void and_a_new_debit_is_reserved_on_a_valid_quote_alone(VisitStage stage)
    {
        foreach (var command in Visits.EveryCommand.OfType<ReserveDebit>())
            if (SettlementDecider.Decide(command, Visits.AtEveryStage[stage]) is Decision.Accepted { Facts.Count: > 0 })
                Assert.True(Visits.AtEveryStage[stage].Collects, $"{command} was reserved in {stage}.");
    }

    [Theory, MemberData(nameof(Stages))]
    public void and_a_charged_visit_stays_charged_until_it_is_refunded(VisitStage stage)
    {
        var state = Visits.AtEveryStage[stage];
        if (!state.IsCharged) return;
        foreach (var command in Visits.EveryCommand)
            if (SettlementDecider.Decide(command, state) is Decision.Accepted accepted)
                Assert.True(accepted.Facts.Aggregate(state, (s, fact) => s.Apply(fact)).IsCharged || command is ConfirmRefund, $"{command.GetType().Name} in {stage} forgot a debit.");
    }
}
