namespace Health.Cards;

/// <summary>
/// Session keys, MAC1, MAC2 and TAC of the purse (profile §4.2; SM4 stands where older purses have 3DES). All MACs are the first 4 bytes of
/// a CBC-MAC. <c>purseKey</c> is the card's diversified key (16 bytes).
/// </summary>
public static class PurseMacs
{
    /// <summary>Session factor of a purchase: challenge 4 | card sequence 2 | low 2 bytes of the terminal sequence.</summary>
    public static byte[] PurchaseFactor(ReadOnlySpan<byte> challenge4, ushort cardSeq, uint termSeq) => [.. challenge4, .. PurseCommands.Sequence(cardSeq), .. PurseCommands.Sequence((ushort)termSeq)];

    /// <summary>Session factor of a load: challenge 4 | card sequence 2 | 80 00.</summary>
    public static byte[] LoadFactor(ReadOnlySpan<byte> challenge4, ushort cardSeq) => [.. challenge4, .. PurseCommands.Sequence(cardSeq), 0x80, 0x00];

    /// <summary>A purse key of one card: two levels, city factor and purse number.</summary>
    public static byte[] KeyOf(ReadOnlySpan<byte> master, string cityCode, string purseNo) => CardCrypto.CardKeyOf(master, true, CardCrypto.CityFactor(cityCode), PurseFactor(purseNo));

    public static byte[] PurseFactor(string purseNo) => purseNo.Length == 16 ? Bcd.Pack(purseNo, 8) : throw new ArgumentException("A purse number has 16 digits.", nameof(purseNo));

    /// <summary>MAC1 of a purchase covers amount 4 | type | terminal 6 | date 4 | time 3: the terminal proves itself to the card.</summary>
    public static byte[] Mac1Data(long fen, string terminalNo, DateTime local) => [.. PurseCommands.Amount(fen), PurseCommands.PurchaseType, .. PurseCommands.Terminal(terminalNo), .. Bcd.DateTime(local)];

    /// <summary>MAC2 of a purchase covers the amount: the card proves that it debited.</summary>
    public static byte[] Mac2Data(long fen) => PurseCommands.Amount(fen);

    /// <summary>TAC of a purchase covers amount 4 | type | terminal 6 | terminal sequence 4 | date 4 | time 3, under the TAC key, which only the operator holds.</summary>
    public static byte[] TacData(long fen, string terminalNo, uint termSeq, DateTime local) =>
        [.. PurseCommands.Amount(fen), PurseCommands.PurchaseType, .. PurseCommands.Terminal(terminalNo), .. PurseCommands.Sequence(termSeq), .. Bcd.DateTime(local)];

    /// <summary>MAC1 of a load covers balance 4 | amount 4 | type | terminal 6: the card proves itself to the operator.</summary>
    public static byte[] LoadMac1Data(long balanceFen, long fen, string terminalNo) => [.. PurseCommands.Amount(balanceFen), .. PurseCommands.Amount(fen), PurseCommands.LoadType, .. PurseCommands.Terminal(terminalNo)];

    /// <summary>MAC2 of a load covers amount 4 | type | terminal 6 | date 4 | time 3: the operator proves itself to the card.</summary>
    public static byte[] LoadMac2Data(long fen, string terminalNo, DateTime local) => [.. PurseCommands.Amount(fen), PurseCommands.LoadType, .. PurseCommands.Terminal(terminalNo), .. Bcd.DateTime(local)];

    /// <summary>TAC of a load covers new balance 4 | card sequence 2 | amount 4 | type | terminal 6 | date 4 | time 3.</summary>
    public static byte[] LoadTacData(long newBalanceFen, ushort cardSeq, long fen, string terminalNo, DateTime local) =>
        [.. PurseCommands.Amount(newBalanceFen), .. PurseCommands.Sequence(cardSeq), .. LoadMac2Data(fen, terminalNo, local)];
}
