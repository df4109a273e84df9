using Health.CardBridge.Reconciliation;

namespace Health.UnitTests.CardBridge;

public sealed class A_day_of_accounts
{
    private static readonly DateOnly Day = new(2026, 11, 24);
    private static readonly DateTimeOffset At = Visits.Noon;
    private static readonly Obstacles None = new("1:100:7", 0, 0);
    private static readonly StatementCollected His = new(At, Parties.His, "lines", 1, 100, "AB");
    private static readonly Guid First = new(1, 0, 0, new byte[8]), Second = new(2, 0, 0, new byte[8]);

    private static DayCompared Compared(int open, string digest = "1:100:7") => new(At, [new PartyTotals(Parties.His, "lines", 1, 100, 1, 100, 1 - open, open)], digest, open);

    private static DifferenceResolved Resolved(Guid id, string reason = "seen") => new(At, id, Parties.His, Difference.OnlyOurs, "R1", null, "user:1", reason);

    private static DayClosed Seal => new(At, "FF", 1, Compared(0).Parties);

    private static DayState After(DayState state, DayDecision decision)
    {
        Assert.Null(decision.Refusal);
        return decision.Facts.Aggregate(state, (s, fact) => s.Apply(fact));
    }

    private static DayState Collected => After(After(DayState.Empty, DayDecider.Open(At, "C1", Day, DayState.Empty)), new DayDecision([His], null));

    [Fact]
    public void that_agrees_is_opened_collected_matched_and_closed()
    {
        var state = Collected;
        Assert.Equal(DayStage.Collected, state.Stage);
        state = After(state, DayDecider.Compare(Compared(0), [Parties.His], state));
        Assert.Equal(DayStage.Matched, state.Stage);
        state = After(state, DayDecider.Close(Seal, None, Day.AddDays(1), state));
        Assert.Equal((DayStage.Closed, "FF"), (state.Stage, state.Closed!.Seal));
        Assert.Empty(DayDecider.Close(Seal with { Seal = "00" }, None, Day.AddDays(1), state).Facts);
    }

    [Fact]
    public void that_differs_waits_until_every_difference_is_resolved_with_a_reason()
    {
        var state = After(Collected, DayDecider.Compare(Compared(2), [Parties.His], Collected));
        Assert.Equal(DayStage.Differing, state.Stage);
        Assert.NotNull(DayDecider.Close(Seal, None, Day.AddDays(1), state).Refusal);
        Assert.Equal(422, DayDecider.Resolve(Resolved(First, "  "), state).Refusal!.Status);
        state = After(state, DayDecider.Resolve(Resolved(First), state));
        Assert.Equal((DayStage.Differing, 1), (state.Stage, state.Open));
        Assert.Empty(DayDecider.Resolve(Resolved(First), state).Facts);
        state = After(state, DayDecider.Resolve(Resolved(Second), state));
        Assert.Equal((DayStage.Resolved, 0), (state.Stage, state.Open));
        Assert.Single(DayDecider.Close(Seal, None, Day.AddDays(1), state).Facts);
    }

    [Fact]
    public void is_not_compared_without_a_statement_it_needs()
    {
        Assert.Contains("city-card", DayDecider.Compare(Compared(0), [Parties.His, Parties.CityCard], Collected).Refusal!.Diagnostics);
        Assert.NotNull(DayDecider.Compare(Compared(0), [], DayState.Empty).Refusal);
    }

    [Theory]
    [InlineData(1, 0, "1:100:7", 1)]
    [InlineData(0, 1, "1:100:7", 1)]
    [InlineData(0, 0, "2:200:9", 1)]
    [InlineData(0, 0, "1:100:7", 0)]
    public void is_not_closed_with_unknown_amounts_open_shifts_changed_entries_or_before_it_is_over(long unknown, long shifts, string digest, int daysLater)
    {
        var state = After(Collected, DayDecider.Compare(Compared(0), [Parties.His], Collected));
        Assert.NotNull(DayDecider.Close(Seal, new Obstacles(digest, unknown, shifts), Day.AddDays(daysLater), state).Refusal);
    }

    [Fact]
    public void must_be_compared_again_when_a_statement_comes_anew()
    {
        var state = After(Collected, DayDecider.Compare(Compared(0), [Parties.His], Collected));
        Assert.Empty(DayDecider.Collect(His with { At = At.AddHours(1) }, state).Facts);
        state = After(state, DayDecider.Collect(His with { Sm3 = "CD" }, state));
        Assert.NotNull(DayDecider.Close(Seal, None, Day.AddDays(1), state).Refusal);
    }

    [Fact]
    public void that_is_closed_takes_nothing_any_more()
    {
        var state = After(Collected, DayDecider.Compare(Compared(0), [Parties.His], Collected));
        state = After(state, DayDecider.Close(Seal, None, Day.AddDays(1), state));
        Assert.NotNull(DayDecider.Collect(His with { Sm3 = "CD" }, state).Refusal);
        Assert.NotNull(DayDecider.Compare(Compared(1), [], state).Refusal);
        Assert.NotNull(DayDecider.Resolve(Resolved(First), state).Refusal);
        Assert.Empty(DayDecider.Collect(His, state).Facts);
    }

    private static Difference Found(string kind, string party = Parties.CityCard, long? ours = null, long? theirs = null, string? tac = null) =>
        new(First, "C1", Day, party, kind, "chip|1|510700000001|7", ours, theirs, null, null) { Tac = tac };

    private static Surroundings Around((string, long)? unknown = null, params (DateOnly, long)[] others) => new(others, unknown);

    [Fact]
    public void has_a_debit_of_unknown_outcome_decided_by_the_operators_file()
    {
        var (rule, outcome) = AutoRules.Apply(Found(Difference.OnlyTheirs, theirs: 300, tac: "A1B2C3D4"), Around(("tx-1", 300)))!.Value;
        Assert.Equal(("debit-in-clearing-file", new RuleOutcome.DebitCharged("tx-1", "A1B2C3D4")), (rule.Name, outcome));
        Assert.NotNull(AutoRules.Apply(Found(Difference.OtherStatus, ours: 300, theirs: 300, tac: "A1B2C3D4"), Around(("tx-1", 300))));
        Assert.Null(AutoRules.Apply(Found(Difference.OnlyTheirs, theirs: 301, tac: "A1B2C3D4"), Around(("tx-1", 300))));
        Assert.Null(AutoRules.Apply(Found(Difference.OnlyTheirs, theirs: 300), Around(("tx-1", 300))));
        Assert.Null(AutoRules.Apply(Found(Difference.OnlyTheirs, theirs: 300, tac: "A1B2C3D4"), Around()));
    }

    [Fact]
    public void never_has_a_debit_decided_by_the_operators_silence() =>
        Assert.Null(AutoRules.Apply(Found(Difference.OnlyOurs, ours: 300), Around(("tx-1", 300))));

    [Fact]
    public void explains_what_stands_on_the_day_before_or_after_with_the_same_amount()
    {
        Assert.Equal("across-midnight", AutoRules.Apply(Found(Difference.OnlyOurs, ours: 300), Around(null, (Day.AddDays(1), 300)))!.Value.Rule.Name);
        Assert.Equal("across-midnight", AutoRules.Apply(Found(Difference.OnlyTheirs, theirs: 300), Around(null, (Day.AddDays(-1), 300)))!.Value.Rule.Name);
        Assert.Null(AutoRules.Apply(Found(Difference.OnlyOurs, ours: 300), Around(null, (Day.AddDays(1), 299))));
        Assert.Null(AutoRules.Apply(Found(Difference.OnlyOurs, ours: 300), Around(null, (Day.AddDays(2), 300))));
        Assert.Null(AutoRules.Apply(Found(Difference.OtherAmount, ours: 300, theirs: 200), Around(null, (Day.AddDays(1), 300))));
    }

    [Fact]
    public void counts_a_repeated_line_of_theirs_once() => Assert.Equal("line-repeated", AutoRules.Apply(Found(Difference.Repeated, theirs: 300), Around())!.Value.Rule.Name);

    [Fact]
    public void applies_rules_from_their_first_day_on()
    {
        Assert.Equal(AutoRules.All.Count, AutoRules.All.Select(rule => rule.Name).Distinct().Count());
        Assert.Null(AutoRules.Apply(Found(Difference.Repeated, theirs: 300) with { Day = new DateOnly(2014, 12, 31) }, Around()));
    }
}
