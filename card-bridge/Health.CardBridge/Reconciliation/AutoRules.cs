namespace Health.CardBridge.Reconciliation;

/// <summary>A difference found on a day.</summary>
public sealed record Difference(Guid Id, string InstitutionCode, DateOnly Day, string Party, string Kind, string Reference, long? OursFen, long? TheirsFen, string? Detail, string? VisitTx)
{
    public const string OnlyOurs = "only-ours", OnlyTheirs = "only-theirs", OtherAmount = "amount", OtherStatus = "status", Repeated = "repeated",
        SequenceGap = "sequence-gap", TacRepeated = "tac-repeated", LateLine = "late-line";

    /// <summary>The operator's code of a debit, of their line.</summary>
    public string? Tac { get; init; }
}

/// <summary>What is known around a difference when the rules look at it.</summary>
/// <param name="OnOtherDays">The same reference on the other side within a day before or after, with its amount.</param>
/// <param name="UnknownDebit">A debit of ours under this reference whose outcome is not known, with its amount.</param>
public sealed record Surroundings(IReadOnlyList<(DateOnly Day, long AmountFen)> OnOtherDays, (string VisitTx, long AmountFen)? UnknownDebit);

/// <summary>What a rule does: explain the difference, or have the visit decided; then the day is compared again.</summary>
public abstract record RuleOutcome
{
    private RuleOutcome() { }

    public sealed record Explained(string Reason) : RuleOutcome;

    /// <summary>The operator's file holds the debit with a TAC: it was charged.</summary>
    public sealed record DebitCharged(string VisitTx, string Tac) : RuleOutcome;
}

/// <param name="Since">First business day it is applied to.</param>
public sealed record AutoRule(string Name, DateOnly Since, string WhatZh, string What, Func<Difference, Surroundings, RuleOutcome?> Try);

/// <summary>
/// The differences that need no person, as a dated list; what no rule names waits on the work list. Pure. Not among them on purpose: a debit of unknown
/// outcome that is missing in the operator's file. Debits reach the operator through the bridge, so its silence proves nothing.
/// </summary>
public static class AutoRules
{
    private static readonly DateOnly Start = new(2015, 1, 1);

    public static readonly IReadOnlyList<AutoRule> All =
    [
        new("debit-in-clearing-file", Start, "扣款结果不明,运营方清算文件有该笔且TAC一致:按已扣款处理", "A debit of unknown outcome that the operator's file holds with its TAC was charged.", DebitInFile),
        new("across-midnight", Start, "同一笔在相邻日入账,金额一致", "The same reference with the same amount stands on the day before or after.", AcrossMidnight),
        new("line-repeated", Start, "对方文件重复的行,只计一次", "A line of theirs that repeats another is counted once.", LineRepeated),
    ];

    /// <summary>The first rule that applies on that day.</summary>
    public static (AutoRule Rule, RuleOutcome Outcome)? Apply(Difference difference, Surroundings around)
    {
        foreach (var rule in All)
            if (rule.Since <= difference.Day && rule.Try(difference, around) is { } outcome) return (rule, outcome);
        return null;
    }

    private static RuleOutcome? DebitInFile(Difference d, Surroundings around) =>
        d is { Party: Parties.CityCard, Kind: Difference.OnlyTheirs or Difference.OtherStatus, Tac: { Length: 8 } tac, TheirsFen: { } fen } && around.UnknownDebit is var (visitTx, amount) && amount == fen
            ? new RuleOutcome.DebitCharged(visitTx, tac) : null;

    private static RuleOutcome? AcrossMidnight(Difference d, Surroundings around)
    {
        if (d.Kind is not (Difference.OnlyOurs or Difference.OnlyTheirs)) return null;
        var amount = d.OursFen ?? d.TheirsFen;
        var other = around.OnOtherDays.Where(line => line.AmountFen == amount && Math.Abs(line.Day.DayNumber - d.Day.DayNumber) == 1).Select(line => (DateOnly?)line.Day).FirstOrDefault();
        return other is { } day ? new RuleOutcome.Explained($"the other side has it on {day:yyyy-MM-dd}") : null;
    }

    private static RuleOutcome.Explained? LineRepeated(Difference d, Surroundings around) =>
        d.Kind == Difference.Repeated ? new RuleOutcome.Explained("their line stands more than once; it is counted once") : null;
}
