namespace Health.CardBridge.Settlements;

/// <summary>By what the own share of a bill is paid.</summary>
public enum TenderKind
{
    /// <summary>The purse on the chip, through the city-card operator.</summary>
    Purse,
    Bank,
    Mobile,
    Cash,
}

/// <summary>Where one leg of a payment stands. What is not known is a state of its own.</summary>
public enum LegState
{
    Planned,
    /// <summary>Asked for: it may be collected at any moment.</summary>
    Requested,
    Unknown,
    Collected,
    RefundDue,
    RefundUnknown,
    /// <summary>A person gives the money back: the other side refused to, or it is cash.</summary>
    RefundHeld,
    Refunded,
}

/// <summary>A part of the own share. <paramref name="OrderNo"/>: our number of its last try; every try has one of its own, unique for ever.</summary>
public sealed record Leg(string Id, TenderKind Kind, long AmountFen, LegState State = LegState.Planned, int Tries = 0, string? OrderNo = null, string? RefundNo = null, string? Reference = null, string? Reason = null)
{
    public bool IsInFlight => State is LegState.Requested or LegState.Unknown;

    /// <summary>Money was taken and has not gone back.</summary>
    public bool IsCharged => State is LegState.Collected or LegState.RefundDue or LegState.RefundUnknown or LegState.RefundHeld;
}

public static class Tenders
{
    /// <summary>More legs than this are no payment at a desk.</summary>
    public const int MaxLegs = 8;

    private static readonly Dictionary<string, TenderKind> Kinds = new()
    {
        ["purse"] = TenderKind.Purse, ["bank"] = TenderKind.Bank, ["mobile"] = TenderKind.Mobile, ["cash"] = TenderKind.Cash,
    };

    private static readonly Dictionary<LegState, string> States = new()
    {
        [LegState.Planned] = "planned", [LegState.Requested] = "requested", [LegState.Unknown] = "unknown", [LegState.Collected] = "collected",
        [LegState.RefundDue] = "refund-due", [LegState.RefundUnknown] = "refund-unknown", [LegState.RefundHeld] = "refund-held", [LegState.Refunded] = "refunded",
    };

    public static IEnumerable<string> Names => Kinds.Keys;

    public static bool TryParse(string? text, out TenderKind kind) => Kinds.TryGetValue(text ?? "", out kind);

    /// <summary>The name on the wire, in facts and in tables.</summary>
    public static string Text(this TenderKind kind) => Kinds.First(pair => pair.Value == kind).Key;

    public static string Text(this LegState state) => States[state];
}
