using Health.Cards;

namespace Health.CardAgent.Journal;

/// <summary>How a debit ended; the texts are those of the bridge.</summary>
public static class Outcomes
{
    public const string Debited = "debited", Refused = "refused", Unknown = "unknown", ProvedCharged = "proved-charged", ProvedNotCharged = "proved-not-charged";
}

public enum JournalStep
{
    /// <summary>INIT was answered; the intent is complete. Nothing was sent that could debit.</summary>
    Intended,

    /// <summary>DEBIT is about to be sent. From here on silence means unknown.</summary>
    Sending,

    /// <summary>What is known about the outcome now; a later line replaces "unknown" only.</summary>
    Decided,

    /// <summary>The platform took this outcome.</summary>
    Reported,

    /// <summary>The platform refused this outcome: a person must look.</summary>
    Contested,

    /// <summary>The visit was settled on this debit.</summary>
    Settled,
}

/// <summary>One step of one debit. Names no person. <paramref name="Key"/> is the purse transaction's natural key.</summary>
public sealed record JournalLine(DateTimeOffset At, JournalStep Step, string VisitTx, string Key)
{
    public PurseIntent? Intent { get; init; }
    public string? Outcome { get; init; }
    public string? Tac { get; init; }
    public string? Mac2 { get; init; }
    public string? Sw { get; init; }
    public string? Reason { get; init; }
}
