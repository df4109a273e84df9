using System.Security.Cryptography;

namespace Health.Cards;

/// <summary>Diversification, session keys and authentication values of profile MY-HC/1 §4.2. Factors and challenges are 8 bytes.</summary>
public static class CardCrypto
{
    /// <summary>Div(K, f) = SM4(K, f | ~f).</summary>
    public static byte[] Diversify(ReadOnlySpan<byte> key, ReadOnlySpan<byte> factor)
    {
        if (factor.Length != 8) throw new ArgumentException("A diversification factor has 8 bytes.", nameof(factor));
        Span<byte> block = stackalloc byte[Sm4.BlockSize];
        for (var i = 0; i < 8; i++)
        {
            block[i] = factor[i];
            block[i + 8] = (byte)~factor[i];
        }
        return Sm4.Encrypt(key, block);
    }

    /// <summary>A card's own key: two levels (city, then card) or one (card), as SAM use 47/48 and 27/28 say.</summary>
    public static byte[] CardKeyOf(ReadOnlySpan<byte> master, bool twoLevels, ReadOnlySpan<byte> cityFactor, ReadOnlySpan<byte> cardFactor) =>
        twoLevels ? Diversify(Diversify(master, cityFactor), cardFactor) : Diversify(master, cardFactor);

    /// <summary>Session = Div(card key, challenge of the card).</summary>
    public static byte[] SessionKey(ReadOnlySpan<byte> cardKey, ReadOnlySpan<byte> challenge) => Diversify(cardKey, challenge);

    /// <summary>The value that proves knowledge of a session key: ENC(session, data8 | 00×8), its halves folded by XOR.</summary>
    public static byte[] AuthenticationValue(ReadOnlySpan<byte> session, ReadOnlySpan<byte> data8) => Fold(Sm4.Encrypt(session, [.. data8, 0, 0, 0, 0, 0, 0, 0, 0]));

    public static byte[] Fold(ReadOnlySpan<byte> block)
    {
        var folded = new byte[8];
        for (var i = 0; i < 8; i++) folded[i] = (byte)(block[i] ^ block[i + 8]);
        return folded;
    }

    /// <summary>City factor: ASCII of the first two digits of item 57 and "000000".</summary>
    public static byte[] CityFactor(string cityCode) => System.Text.Encoding.ASCII.GetBytes(cityCode[..2] + "000000");

    public static bool Same(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b) => CryptographicOperations.FixedTimeEquals(a, b);
}
