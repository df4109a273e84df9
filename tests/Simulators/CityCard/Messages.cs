namespace Health.Simulators.CityCard;

/// <summary>A health card on the same chip as a purse. Without a purse number the operator opens a new purse.</summary>
public sealed record BindingRequest(string HealthCard, string ChipSerial, string? PurseNo);

/// <summary>A debit as the terminal saw it. Amounts in fen; date yyyyMMdd, time HHmmss; codes in hex.</summary>
public sealed record TerminalTransaction(
    string PurseNo, string ChipSerial, int CardSeq, string TerminalNo, long TermSeq, long AmountFen, string Type, string Date, string Time, string Tac)
{
    /// <summary>What makes a debit one and the same, however often it is sent.</summary>
    public string Key => $"{ChipSerial}|{CardSeq}|{TerminalNo}|{TermSeq}";
}

/// <param name="Result"><c>accepted</c>, <c>duplicate</c> (known and equal) or <c>rejected</c>.</param>
public sealed record TransactionResult(string Key, string Result, string? Reason);

/// <summary>Money back to the purse's account, once per refund id.</summary>
public sealed record RefundRequest(string RefundId, string PurseNo, long AmountFen, string OriginalKey);

/// <summary>A card that answered INITIALIZE FOR LOAD wants money on its purse. Amounts in fen; codes in hex.</summary>
public sealed record LoadRequest(string LoadId, string PurseNo, string ChipSerial, long AmountFen, long BalanceFen, int CardSeq, string TerminalNo, string Challenge, string Mac1);

/// <param name="Date">yyyyMMdd, <paramref name="Time"/> HHmmss: they are under MAC2.</param>
public sealed record LoadRight(string LoadId, string Date, string Time, string Mac2);

/// <param name="Outcome"><c>loaded</c> with the card's TAC, or <c>not-loaded</c>.</param>
public sealed record LoadOutcome(string Outcome, string? Tac);

/// <summary>A purse number that is blocked or free again.</summary>
public sealed record BlacklistChange(string PurseNo, bool Blocked);
