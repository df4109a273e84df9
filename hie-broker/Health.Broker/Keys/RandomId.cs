using System.Security.Cryptography;

namespace Health.Broker.Keys;

/// <summary>Identifiers of 26 characters of base32 in lower case (130 bits): inside the FHIR id type, and readable over the telephone (no i, l, o, u).</summary>
internal static class RandomId
{
    public const int Length = 26;
    private const string Alphabet = "0123456789abcdefghjkmnpqrstvwxyz";

    public static string New()
    {
        Span<byte> random = stackalloc byte[17];
        RandomNumberGenerator.Fill(random);
        return Encode(random);
    }

    /// <summary>The first 130 bits of <paramref name="bytes"/> (17 bytes or more), most significant first.</summary>
    public static string Encode(ReadOnlySpan<byte> bytes)
    {
        Span<char> text = stackalloc char[Length];
        for (var i = 0; i < Length; i++)
        {
            var bit = i * 5;
            var pair = (bytes[bit >> 3] << 8) | ((bit >> 3) + 1 < bytes.Length ? bytes[(bit >> 3) + 1] : 0);
            text[i] = Alphabet[(pair >> (11 - (bit & 7))) & 31];
        }

        return new string(text);
    }
}
