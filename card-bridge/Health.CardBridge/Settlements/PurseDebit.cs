namespace Health.CardBridge.Settlements;

/// <summary>A debit of the chip's purse as it is about to be sent. Terminal number: 12 hex digits; date yyyyMMdd, time HHmmss as in the APDU.</summary>
/// <param name="Purse">Blind index of the purse number.</param>
public sealed record PurseDebit(string ChipSerial, Guid Purse, long AmountFen, string TerminalNo, long TermSeq, int CardSeq, long BalanceFen, string Date, string Time)
{
    /// <summary>Natural key of a purse transaction; unique for ever.</summary>
    public string Key => $"{ChipSerial}|{CardSeq}|{TerminalNo}|{TermSeq}";
}

/// <summary>What the desk saw.</summary>
public enum DebitOutcome
{
    Debited,
    /// <summary>The card answered with a status word that says no.</summary>
    Refused,
    /// <summary>The card was gone before it answered.</summary>
    Unknown,
    /// <summary>GET TRANSACTION PROVE answered with the TAC of this debit.</summary>
    ProvedCharged,
    /// <summary>GET TRANSACTION PROVE knows no such debit (9406).</summary>
    ProvedNotCharged,
}
