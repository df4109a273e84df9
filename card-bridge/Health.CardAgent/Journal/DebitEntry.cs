using Health.Cards;

namespace Health.CardAgent.Journal;

/// <summary>A debit as its lines tell it.</summary>
public sealed record DebitEntry(string VisitTx, string Key, PurseIntent Intent)
{
    public bool Sent { get; init; }

    /// <summary>Null while the DEBIT is under way.</summary>
    public string? Outcome { get; init; }

    public string? Tac { get; init; }
    public string? Mac2 { get; init; }
    public string? Sw { get; init; }
    public string? Reported { get; init; }
    public string? Contested { get; init; }
    public bool Settled { get; init; }

    /// <summary>Sent, and nobody knows whether the card debited: only the card or its operator may say.</summary>
    public bool IsUndecided => Outcome is null ? Sent : Outcome == Outcomes.Unknown;

    public bool IsCharged => Outcome is Outcomes.Debited or Outcomes.ProvedCharged;

    public bool IsUnreported => Outcome is not null && Outcome != Reported && Contested is null;

    public static string KeyOf(PurseIntent intent) => $"{intent.ChipSerial}|{intent.CardSeq}|{intent.TerminalNo}|{intent.TermSeq}";

    /// <summary>The entry after one more line. A decided outcome is never replaced.</summary>
    public static DebitEntry? Apply(DebitEntry? entry, JournalLine line) => (entry, line.Step) switch
    {
        (null, JournalStep.Intended) => new DebitEntry(line.VisitTx, line.Key, line.Intent!),
        (null, _) => null,
        (_, JournalStep.Sending) => entry with { Sent = true },
        (_, JournalStep.Decided) when entry.Outcome is null or Outcomes.Unknown => entry with { Outcome = line.Outcome, Tac = line.Tac, Mac2 = line.Mac2, Sw = line.Sw },
        (_, JournalStep.Reported) => entry with { Reported = line.Outcome },
        (_, JournalStep.Contested) => entry with { Contested = line.Reason },
        (_, JournalStep.Settled) => entry with { Settled = true },
        _ => entry,
    };
}
