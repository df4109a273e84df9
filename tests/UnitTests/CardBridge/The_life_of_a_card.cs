using Health.CardBridge.Issuing;
using Health.CardBridge.Log;

namespace Health.UnitTests.CardBridge;

public sealed class The_life_of_a_card
{
    private static readonly DateTimeOffset At = Visits.Noon;
    private static readonly CardPersonalised Made = new(At, "card-1", "resident-1", "batch-1", "3100510700000001", "MY510703H001", "510703", new(2036, 1, 1), Visits.Sealed);
    private static readonly ICardFact[] Wanted =
    [
        Made, new CardHandedOut(At, "MY510703H001", Guid.Empty, Visits.Sealed), new CardActivated(At), new CardLost(At, "user"), new CardFound(At), new CardLocked(At, "tries"), new CardUnlocked(At),
        new CardReplaced(At, "batch-2", "3100510700000002", Made.ChipSerial), new CardCancelled(At, "death"),
        new CardDestroyed(At, Made.ChipSerial), new CardPurseBound(At, "3100510700000002", Guid.Empty, Visits.Sealed),
    ];

    private static readonly Type[] StreamFacts =
    [
        typeof(ICardFact), typeof(Health.CardBridge.Settlements.IVisitFact), typeof(Health.CardBridge.Reconciliation.IDayFact), typeof(Health.CardBridge.Registrations.ISourceFact),
    ];

    private static CardState After(params ICardFact[] facts) => CardState.Of(facts);

    [Fact]
    public void goes_from_personalised_over_issued_to_active()
    {
        var state = CardState.Empty;
        foreach (var fact in Wanted.Take(3))
        {
            var (next, refusal) = CardDecider.Decide(fact, state);
            Assert.Null(refusal);
            state = state.Apply(next!);
        }
        Assert.Equal(CardStage.Active, state.Stage);
    }

    [Fact]
    public void can_be_interrupted_by_loss_and_go_on_when_found()
    {
        var lost = After([.. Wanted.Take(3), new CardLost(At, "user")]);
        Assert.Equal(CardStage.Lost, lost.Stage);
        Assert.Equal(CardStage.Active, lost.Apply(CardDecider.Decide(new CardFound(At), lost).Fact!).Stage);
        Assert.NotNull(CardDecider.Decide(new CardLocked(At, "tries"), lost).Refusal);
    }

    [Fact]
    public void goes_on_with_a_new_chip_under_the_same_number()
    {
        var lost = After([.. Wanted.Take(3), new CardLost(At, "user")]);
        var replaced = lost.Apply(CardDecider.Decide(Wanted[7], lost).Fact!);
        Assert.Equal((CardStage.Active, "3100510700000002"), (replaced.Stage, replaced.ChipSerial));
    }

    [Fact]
    public void ends_with_cancellation_for_good()
    {
        var cancelled = After([.. Wanted.Take(3), new CardCancelled(At, "death")]);
        foreach (var fact in Wanted.Where(fact => fact is not CardDestroyed)) Assert.Null(CardDecider.Decide(fact, cancelled).Fact);
    }

    [Fact]
    public void ends_in_the_shredder_after_it_was_cancelled_only()
    {
        var cancelled = After([.. Wanted.Take(3), new CardCancelled(At, "death")]);
        var destroyed = cancelled.Apply(CardDecider.Decide(Wanted[9], cancelled).Fact!);
        Assert.Equal(CardStage.Destroyed, destroyed.Stage);
        foreach (var fact in Wanted) Assert.Null(CardDecider.Decide(fact, destroyed).Fact);
        Assert.NotNull(CardDecider.Decide(Wanted[9], After([.. Wanted.Take(3)])).Refusal);
    }

    [Fact]
    public void gives_the_new_chip_a_purse_of_its_own()
    {
        var replaced = After([.. Wanted.Take(3), Wanted[7]]);
        Assert.Null(replaced.Purse);
        Assert.Equal(Made.ChipSerial, replaced.ReplacedChip);
        var bound = replaced.Apply(CardDecider.Decide(Wanted[10], replaced).Fact!);
        Assert.Equal((Guid.Empty, CardStage.Active), (bound.Purse, bound.Stage));
        Assert.Equal((null, null), CardDecider.Decide(Wanted[10], bound));
    }

    [Fact]
    public void does_not_begin_while_the_chip_is_with_the_personaliser()
    {
        var made = After(Made) with { Stage = CardStage.Made, IsOfPart = true };
        foreach (var fact in Wanted) Assert.Null(CardDecider.Decide(fact, made).Fact);
    }

    [Fact]
    public void puts_dead_and_doubtful_chips_on_the_list_and_takes_found_ones_off()
    {
        string[] Rows(params ICardFact[] facts) => [.. ListRows.Of(After([.. Wanted.Take(3)]), facts).Select(row => row.Text.Split(' ')[0] + " " + (row.Text.Contains("cards.chip", StringComparison.Ordinal) ? "chip" : $"{row.Parameters[0]}"))];
        var (old, next) = (ListRows.KeyOf(Made.ChipSerial), ListRows.KeyOf("3100510700000002"));
        Assert.Equal([$"insert {old}"], Rows(new CardLost(At, "user")));
        Assert.Equal([$"insert {old}", $"delete {old}"], Rows(new CardLost(At, "user"), new CardFound(At)));
        Assert.Equal([$"insert {old}", "update chip", $"insert {next}"], Rows(Wanted[7], new CardLocked(At, "tries")));
        Assert.Equal([$"insert {old}", "update chip"], Rows(new CardCancelled(At, "death")));
    }

    [Fact]
    public void takes_no_fact_twice()
    {
        var states = new[] { CardState.Empty, After(Made), After([.. Wanted.Take(2)]), After([.. Wanted.Take(3)]), After([.. Wanted.Take(4)]) };
        foreach (var state in states)
            foreach (var fact in Wanted)
                if (CardDecider.Decide(fact, state).Fact is { } taken)
                    Assert.Null(CardDecider.Decide(fact, state.Apply(taken)).Fact);
    }

    [Fact]
    public void and_every_stored_event_has_a_frozen_name_of_its_own()
    {
        Assert.Equal(CardEventNames.All.Count, CardEventNames.All.Values.Distinct().Count());
        Assert.All(CardEventNames.All.Values, name => Assert.Matches(@"^cards\.[a-z]+(-[a-z]+)+\.v1$", name));
        var facts = typeof(CardEventNames).Assembly.GetTypes().Where(t => !t.IsInterface && (StreamFacts.Any(t.IsAssignableTo)));
        Assert.All(facts, type => Assert.Contains(type, CardEventNames.All.Keys));
    }
}
