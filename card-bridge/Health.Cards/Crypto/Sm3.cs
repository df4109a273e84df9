using Org.BouncyCastle.Crypto.Digests;

namespace Health.Cards;

/// <summary>SM3 (GB/T 32905), 32 bytes; at once or piece by piece. Not thread-safe.</summary>
public sealed class Sm3
{
    public const int Size = 32;
    private readonly SM3Digest digest = new();

    public static byte[] Hash(ReadOnlySpan<byte> data)
    {
        var sum = new Sm3();
        sum.Add(data);
        return sum.Finish();
    }

    /// <summary>Upper-case hexadecimal, as manifests carry it.</summary>
    public static string Hex(ReadOnlySpan<byte> data) => Convert.ToHexString(Hash(data));

    public void Add(ReadOnlySpan<byte> data) => digest.BlockUpdate(data);

    /// <summary>The sum of all that was added; the next one starts empty.</summary>
    public byte[] Finish()
    {
        var hash = new byte[Size];
        digest.DoFinal(hash, 0);
        return hash;
    }
}
