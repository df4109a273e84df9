using Health.Cards;

namespace Health.SimulationTests.Settlements;

/// <summary>What a settlement must do for its fault to be met.</summary>
[Flags]
public enum Needs
{
    Nothing = 0,
    Purse = 1,
    /// <summary>A bank or mobile leg.</summary>
    Acquirer = 2,
    Reversal = 4,
    Cancellation = 8,
    OtherFees = 16,
    /// <summary>2207's answer is lost beside, so that 2601 is asked.</summary>
    LostSettlement = 32,
    /// <summary>The answer to a payment at the acquirer is lost beside, so that it is asked after.</summary>
    LostPayment = 64,
    /// <summary>A payment never reaches the acquirer, so that its order is closed.</summary>
    MissedPayment = 128,
}

/// <summary>Where a fault is done.</summary>
public enum Party { None, Insurer, CityCard, Acquirer, His, Card, Desk, Database }

/// <summary>
/// One fault. <paramref name="Point"/>: the transaction or path it is done at, <paramref name="Mode"/>: what is done. Of the parties outside: <c>silent</c>, <c>error</c>,
/// <c>lose-answer</c>, <c>duplicate</c>, <c>refuse</c>, <c>contradict</c>, <c>late</c>, <c>restart</c> by the simulator; <c>drop-before</c>, <c>drop-after</c> (the process manager
/// ends before it asks, or with the answer in its hand), <c>cut-before</c>, <c>cut-after</c> (its database connections) by the process manager's own wire.
/// </summary>
public sealed record FaultKind(Party Party, string Point, string Mode, Needs Needs = Needs.Nothing)
{
    public TearPlan? Tear { get; init; }
    public TearPlan? TearOfProof { get; init; }

    public bool IsOnTheWire => Mode.StartsWith("drop-", StringComparison.Ordinal) || Mode.StartsWith("cut-", StringComparison.Ordinal);

    public override string ToString() => $"{Party} {Point} {Mode}".ToLowerInvariant();
}

/// <summary>A fault at every step, in a fixed mixed order, so that any hundred in a row meet all families.</summary>
public static class FaultKinds
{
    private static readonly (Party Party, string Point, Needs Needs)[] Steps =
    [
        (Party.Insurer, "1101", Needs.Nothing), (Party.Insurer, "2201", Needs.Nothing), (Party.Insurer, "2202", Needs.Cancellation), (Party.Insurer, "2203A", Needs.Nothing),
        (Party.Insurer, "2204", Needs.Nothing), (Party.Insurer, "2205", Needs.OtherFees), (Party.Insurer, "2206", Needs.Nothing), (Party.Insurer, "2207", Needs.Nothing),
        (Party.Insurer, "2208", Needs.Reversal), (Party.Insurer, "2601", Needs.LostSettlement),
        (Party.CityCard, "transactions", Needs.Purse | Needs.Reversal), (Party.CityCard, "refunds", Needs.Purse | Needs.Reversal),
        (Party.Acquirer, "pay", Needs.Acquirer), (Party.Acquirer, "query", Needs.Acquirer | Needs.LostPayment), (Party.Acquirer, "close", Needs.Acquirer | Needs.MissedPayment),
        (Party.Acquirer, "refunds", Needs.Acquirer | Needs.Reversal),
        (Party.His, "receipt", Needs.Nothing), (Party.His, "red", Needs.Reversal),
    ];

    private static readonly string[] Modes = ["silent", "error", "lose-answer", "duplicate", "drop-before", "drop-after", "cut-before", "cut-after"];

    /// <summary>Commands of a payment and the length of their answers, for tears at every byte.</summary>
    private static readonly (byte Instruction, string Name, int Answer)[] Commands =
        [(0xA4, "select", 2), (0xB0, "read binary", 32), (PurseCommands.BalanceInstruction, "get balance", 6), (PurseCommands.InitInstruction, "init", 17), (PurseCommands.DebitInstruction, "debit", 10)];

    private static readonly string[] DeskCalls = ["register", "pre-settlement", "tenders", "collect", "intent", "outcome", "settlement", "reversal", "cancel"];

    public static IReadOnlyList<FaultKind> All { get; } = Mixed([.. Outside(), .. Tears(), .. AtTheDesk()]);

    /// <summary>The fault of a settlement, by its number from 1.</summary>
    public static FaultKind Of(int number) => All[(number - 1) % All.Count];

    private static IEnumerable<FaultKind> Outside()
    {
        foreach (var (party, point, needs) in Steps)
            foreach (var mode in Modes)
                yield return new FaultKind(party, point, mode, needs);
        yield return new FaultKind(Party.Insurer, "2206", "refuse");
        yield return new FaultKind(Party.Insurer, "2207", "refuse");
        yield return new FaultKind(Party.Acquirer, "pay", "contradict", Needs.Acquirer);
        yield return new FaultKind(Party.Acquirer, "pay", "late", Needs.Acquirer);
        foreach (var party in new[] { Party.Insurer, Party.CityCard, Party.Acquirer, Party.His }) yield return new FaultKind(party, "program", "restart", Needs.Acquirer | Needs.Purse);
        yield return new FaultKind(Party.Database, "all connections", "cut");
        yield return new FaultKind(Party.None, "none", "none");
    }

    private static IEnumerable<FaultKind> Tears()
    {
        foreach (var (instruction, name, answer) in Commands)
        {
            yield return new FaultKind(Party.Card, name, "torn before", Needs.Purse) { Tear = new TearPlan(TearPoint.BeforeExecution, instruction) };
            for (var bytes = 0; bytes < answer; bytes++)
                yield return new FaultKind(Party.Card, name, $"torn after {bytes} bytes of the answer", Needs.Purse) { Tear = new TearPlan(TearPoint.DuringAnswer, instruction, 0, bytes) };
        }
        foreach (var point in new[] { TearPoint.BeforeExecution, TearPoint.AfterExecution })
            for (var bytes = 0; bytes < 10; bytes += 3)
                yield return new FaultKind(Party.Card, "debit and its proof", $"torn {point}, proof after {bytes} bytes", Needs.Purse)
                {
                    Tear = TearPlan.AtDebit(point), TearOfProof = new TearPlan(TearPoint.DuringAnswer, PurseCommands.ProveInstruction, 0, bytes),
                };
    }

    private static IEnumerable<FaultKind> AtTheDesk()
    {
        foreach (var call in DeskCalls)
        {
            var needs = call switch { "tenders" or "collect" => Needs.Acquirer, "intent" or "outcome" => Needs.Purse, "reversal" => Needs.Reversal, "cancel" => Needs.Cancellation, _ => Needs.Nothing };
            yield return new FaultKind(Party.Desk, call, "hangs up", needs);
            yield return new FaultKind(Party.Desk, call, "calls twice at once", needs);
        }
    }

    private static FaultKind[] Mixed(FaultKind[] kinds)
    {
        new Random(20260101).Shuffle(kinds);
        return kinds;
    }
}
