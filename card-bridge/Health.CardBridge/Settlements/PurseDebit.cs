namespace Health.CardBridge.Settlements;

/// <summary>
/// A debit of the chip's purse as it is about to be sent. Terminal number 12 digits; local time yyyyMMddHHmmss as in the APDU; the challenge of
/// INIT FOR PURCHASE (4 bytes, hexadecimal) lets MAC2 be checked.
/// </summary>
/// <param name="Purse">Blind index of the purse number.</param>
public sealed record PurseDebit(string ChipSerial, Guid Purse, long AmountFen, string TerminalNo, long TermSeq, int CardSeq, long BalanceFen, string LocalTime, string Challenge)
{
    /// <summary>Natural key of a purse transaction; unique for ever.</summary>
    public string Key => $"{ChipSerial}|{CardSeq}|{TerminalNo}|{TermSeq}";
}

/// <summary>What the desk saw.</summary>
public enum DeskReport
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
