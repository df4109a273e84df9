namespace Health.Cards;

/// <summary>
/// The answer to reset (profile §4.1): contact <c>3B 6C 00 00 H1..H12</c>, contactless PC/SC <c>3B 8C 80 01 H1..H12 TCK</c>.
/// H1–H2 chip maker, H3–H8 chip serial, H9–H10 COS version, H11 life state, H12 reserved.
/// </summary>
public static class CardAtr
{
    public static byte[] Contact(ReadOnlySpan<byte> chipMaker2, ReadOnlySpan<byte> chipSerial6) =>
        [0x3B, 0x6C, 0x00, 0x00, .. chipMaker2, .. chipSerial6, 0x01, 0x00, 0x07, 0x00];

    /// <summary>The card factor: H1..H8, bytes 4 to 11 in both forms; null when the ATR is not of the profile.</summary>
    public static byte[]? CardFactor(ReadOnlySpan<byte> atr) =>
        atr.Length >= 16 && atr[0] == 0x3B && ((atr[1] == 0x6C && atr[2] == 0 && atr[3] == 0) || (atr[1] == 0x8C && atr[2] == 0x80 && atr[3] == 0x01))
            ? atr[4..12].ToArray()
            : null;
}
