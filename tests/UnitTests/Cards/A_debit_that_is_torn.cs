using CsCheck;
using Health.Cards;

namespace Health.UnitTests.Cards;

public sealed class A_debit_that_is_torn
{
    private static readonly DateTime At = new(2026, 7, 28, 10, 15, 0);

    public static TheoryData<TearPoint, int, bool> EveryPoint()
    {
        var points = new TheoryData<TearPoint, int, bool> { { TearPoint.BeforeExecution, 0, false }, { TearPoint.AfterExecution, 0, true } };
        for (var bytes = 0; bytes < 10; bytes++) points.Add(TearPoint.DuringAnswer, bytes, true);
        return points;
    }

    [Theory]
    [MemberData(nameof(EveryPoint))]
    public void is_unknown_and_then_proved_exactly_as_the_chip_remembers(TearPoint point, int answerBytes, bool charged)
    {
        using var chip = new Chip(balanceFen: 5_000);
        var purse = chip.OpenPurse();
        chip.Card.Tear = TearPlan.AtDebit(point, answerBytes);
        var intent = purse.Initialise(1_500, At);
        Assert.IsType<DebitOutcome.Unknown>(purse.Debit(intent));
        Assert.Throws<CardLostException>(() => chip.Slot.Connect());
        Assert.Equal(charged ? 3_500 : 5_000, chip.Stored.Purse.BalanceFen);

        chip.Restart();
        var proof = chip.OpenPurse().Prove(intent);
        if (charged) Assert.Equal(chip.Stored.Purse.Last!.Tac, Assert.IsType<ProofOutcome.Charged>(proof).Tac);
        else Assert.IsType<ProofOutcome.NotCharged>(proof);
        Assert.Equal(charged ? 3_500 : 5_000, chip.Stored.Purse.BalanceFen);
    }

    [Theory]
    [InlineData(TearPoint.BeforeExecution)]
    [InlineData(TearPoint.AfterExecution)]
    public void at_INIT_changes_nothing_and_needs_no_proof(TearPoint point)
    {
        using var chip = new Chip(balanceFen: 5_000);
        var purse = chip.OpenPurse();
        chip.Card.Tear = new TearPlan(point, PurseCommands.InitInstruction);
        Assert.Null(Assert.Throws<CardRefusedException>(() => purse.Initialise(1_500, At)).Sw);
        Assert.Equal(5_000, chip.Stored.Purse.BalanceFen);
        Assert.Equal(1, chip.Stored.Purse.PurchaseSeq);
    }

    [Fact]
    public void is_still_proved_by_the_record_after_another_terminal_debited()
    {
        using var chip = new Chip(balanceFen: 5_000);
        var intent = Torn(chip, TearPoint.AfterExecution);
        Bus(chip);
        Assert.Null(Assert.IsType<ProofOutcome.Charged>(chip.OpenPurse().Prove(intent)).Tac);
    }

    [Fact]
    public void is_not_charged_when_another_terminal_used_its_sequence()
    {
        using var chip = new Chip(balanceFen: 5_000);
        var intent = Torn(chip, TearPoint.BeforeExecution);
        Bus(chip);
        Assert.IsType<ProofOutcome.NotCharged>(chip.OpenPurse().Prove(intent));
    }

    [Theory]
    [InlineData(TearPoint.BeforeExecution)]
    [InlineData(TearPoint.AfterExecution)]
    public void is_decided_by_the_record_when_its_challenge_was_lost(TearPoint point)
    {
        using var chip = new Chip(balanceFen: 5_000);
        var intent = Torn(chip, point) with { Challenge = "", PurseNo = "", CityCode = "" };
        var proof = chip.OpenPurse().Prove(intent);
        if (point == TearPoint.AfterExecution) Assert.Equal(chip.Stored.Purse.Last!.Tac, Assert.IsType<ProofOutcome.Charged>(proof).Tac);
        else Assert.IsType<ProofOutcome.NotCharged>(proof);
    }

    [Fact]
    public void of_a_lost_challenge_is_not_taken_for_another_terminals_purchase()
    {
        using var chip = new Chip(balanceFen: 5_000);
        var intent = Torn(chip, TearPoint.BeforeExecution) with { Challenge = "", PurseNo = "", CityCode = "" };
        Bus(chip);
        Assert.IsType<ProofOutcome.NotCharged>(chip.OpenPurse().Prove(intent));
    }

    [Fact]
    public void is_left_to_the_operator_when_the_card_forgot()
    {
        using var chip = new Chip(balanceFen: 5_000);
        var intent = Torn(chip, TearPoint.AfterExecution);
        for (var ride = 0; ride < 10; ride++) Bus(chip);
        Assert.IsType<ProofOutcome.Undecided>(chip.OpenPurse().Prove(intent));
    }

    [Fact]
    public void is_left_undecided_by_another_card()
    {
        using var chip = new Chip(balanceFen: 5_000);
        var intent = Torn(chip, TearPoint.AfterExecution);
        Assert.IsType<ProofOutcome.Undecided>(chip.OpenPurse().Prove(intent with { PurseNo = "5107000099999999" }));
    }

    [Fact]
    public void during_its_proof_too_is_proved_the_next_time()
    {
        using var chip = new Chip(balanceFen: 5_000);
        var intent = Torn(chip, TearPoint.AfterExecution);
        chip.Card.Tear = new TearPlan(TearPoint.AfterExecution, PurseCommands.ProveInstruction);
        Assert.Throws<CardRefusedException>(() => chip.OpenPurse().Prove(intent));
        chip.Restart();
        Assert.IsType<ProofOutcome.Charged>(chip.OpenPurse().Prove(intent));
    }

    [Fact]
    public void never_costs_twice_and_is_never_lost_over_any_run_of_tears()
    {
        var step = Gen.Select(Gen.Enum<TearPoint>(), Gen.Int[0, 9], Gen.Bool);
        step.Array[1, 12].Sample(steps =>
        {
            using var chip = new Chip(balanceFen: 90_000);
            var charged = 0L;
            foreach (var (point, bytes, torn) in steps)
            {
                var purse = chip.OpenPurse();
                if (torn) chip.Card.Tear = TearPlan.AtDebit(point, bytes);
                var intent = purse.Initialise(100, At);
                var outcome = purse.Debit(intent);
                if (outcome is DebitOutcome.Debited) charged += 100;
                if (outcome is not DebitOutcome.Unknown) continue;
                chip.Restart();
                if (chip.OpenPurse().Prove(intent) is ProofOutcome.Charged) charged += 100;
            }
            return chip.Stored.Purse.BalanceFen == 90_000 - charged;
        }, iter: 40, threads: 1);
    }

    private static PurseIntent Torn(Chip chip, TearPoint point)
    {
        var purse = chip.OpenPurse();
        chip.Card.Tear = TearPlan.AtDebit(point);
        var intent = purse.Initialise(1_500, At);
        Assert.IsType<DebitOutcome.Unknown>(purse.Debit(intent));
        chip.Restart();
        return intent;
    }

    private static void Bus(Chip chip)
    {
        var purse = chip.OpenPurse();
        Assert.IsType<DebitOutcome.Debited>(purse.Debit(purse.Initialise(200, At.AddHours(1))));
    }
}
