namespace Health.CardBridge.Reconciliation;

/// <summary>A fact of the stream of one institution's day. Names no person but who resolved something.</summary>
public interface IDayFact
{
    DateTimeOffset At { get; }
}

public sealed record DayOpened(DateTimeOffset At, string InstitutionCode, DateOnly Day) : IDayFact;

/// <param name="Form"><c>lines</c>, or <c>totals</c>: the other party agreed to our totals (3201) and gave no lines.</param>
/// <param name="Sm3">Of the lines as kept; of the totals when there are no lines.</param>
public sealed record StatementCollected(DateTimeOffset At, string Party, string Form, int LineCount, long SumFen, string Sm3) : IDayFact;

/// <summary>One party of a comparison. Sums in fen; theirs without lines that repeat others.</summary>
public sealed record PartyTotals(string Party, string Form, int OursCount, long OursFen, int TheirsCount, long TheirsFen, int Matched, int Differences)
{
    /// <summary>The invariant of the day: both sides' sums are one.</summary>
    public bool Agrees => OursFen == TheirsFen;
}

/// <param name="LedgerDigest">Of the bridge's own entries that were compared.</param>
/// <param name="Open">Differences that neither a rule nor a person has resolved.</param>
public sealed record DayCompared(DateTimeOffset At, IReadOnlyList<PartyTotals> Parties, string LedgerDigest, int Open) : IDayFact;

/// <param name="Rule">The automatic rule, or null when a person resolved it.</param>
public sealed record DifferenceResolved(DateTimeOffset At, Guid DifferenceId, string Party, string Kind, string Reference, string? Rule, string By, string Reason) : IDayFact;

/// <param name="Seal">SM3 over the sorted lines, hexadecimal.</param>
public sealed record DayClosed(DateTimeOffset At, string Seal, long LineCount, IReadOnlyList<PartyTotals> Parties) : IDayFact;
