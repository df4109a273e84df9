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

/// <summary>A purse number that is blocked or free again.</summary>
public sealed record BlacklistChange(string PurseNo, bool Blocked);

/// <summary>What goes wrong next. Operation: <c>bindings</c>, <c>transactions</c>, <c>refunds</c>, <c>blacklist</c> or <c>*</c>.</summary>
/// <param name="Match">Applies only to requests whose text holds this.</param>
public sealed record Fault(string Operation, string Mode, int Count = 1, int Milliseconds = 0, string? Match = null);
