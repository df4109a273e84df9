using System.Text;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Crypto.Digests;
using Org.BouncyCastle.Crypto.Engines;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Security;

namespace Health.Cards;

/// <summary>
/// SM2 public-key encryption (GB/T 32918.4, C1|C3|C2) of a small text bound to its place: a desk seals what it must keep of a person while the platform is
/// away, and cannot open it again.
/// </summary>
public static class Sm2Seal
{
    private const int MostBytes = 64 * 1024;

    public static byte[] Close(Sm2PublicKey key, string place, ReadOnlySpan<byte> text)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(text.Length, MostBytes);
        byte[] plain = [.. Sm3.Hash(Encoding.UTF8.GetBytes(place)), .. text];
        var engine = Engine();
        engine.Init(true, new ParametersWithRandom(key.Point, new SecureRandom()));
        return engine.ProcessBlock(plain, 0, plain.Length);
    }

    /// <summary>The text; null when it was altered, sealed for another key or for another place.</summary>
    public static byte[]? Open(Sm2KeyPair key, string place, ReadOnlySpan<byte> sealedBytes)
    {
        if (sealedBytes.Length > MostBytes + 256) return null;
        var engine = Engine();
        engine.Init(false, key.Number);
        try
        {
            var plain = engine.ProcessBlock(sealedBytes.ToArray(), 0, sealedBytes.Length);
            var bound = Sm3.Hash(Encoding.UTF8.GetBytes(place));
            return plain.Length >= bound.Length && CardCrypto.Same(plain.AsSpan(0, bound.Length), bound) ? plain[bound.Length..] : null;
        }
        catch (Exception broken) when (broken is InvalidCipherTextException or ArgumentException or FormatException or DataLengthException or IndexOutOfRangeException)
        {
            return null;
        }
    }

    private static SM2Engine Engine() => new(new SM3Digest(), SM2Engine.Mode.C1C3C2);
}
