using Org.BouncyCastle.Crypto.Engines;
using Org.BouncyCastle.Crypto.Parameters;

namespace Health.Cards;

/// <summary>
/// The key the issuer shares with the personaliser. A record travels as length 2 | SM4-CBC of the data padded 80 00… | CBC-MAC 16 over length and
/// cipher; both keys are diversified from the shared one. The IV is 0: a record begins with the chip serial, which never repeats, so no
/// two first blocks are equal. Not thread-safe.
/// </summary>
public sealed class TransportKey
{
    public const int MacSize = 16, Overhead = 2 + Sm4.BlockSize + MacSize;
    private readonly SM4Engine encrypt = new(), decrypt = new(), mac = new();

    /// <param name="key">16 bytes.</param>
    public TransportKey(ReadOnlySpan<byte> key)
    {
        var cipherKey = CardCrypto.Diversify(key, "MYHC/ENC"u8);
        encrypt.Init(true, new KeyParameter(cipherKey));
        decrypt.Init(false, new KeyParameter(cipherKey));
        mac.Init(true, new KeyParameter(CardCrypto.Diversify(key, "MYHC/MAC"u8)));
        CheckValue = Convert.ToHexString(Sm4.Encrypt(cipherKey, new byte[Sm4.BlockSize]))[..8];
    }

    /// <summary>8 hexadecimal digits by which both sides see that they mean the same key: the first bytes of an enciphered zero block.</summary>
    public string CheckValue { get; }

    /// <summary>Writes the sealed record and gives its length; <paramref name="to"/> needs <see cref="Overhead"/> bytes more than the data.</summary>
    public int Seal(ReadOnlySpan<byte> data, Span<byte> to)
    {
        var length = (data.Length / Sm4.BlockSize + 1) * Sm4.BlockSize;
        to[0] = (byte)(length >> 8);
        to[1] = (byte)length;
        var cipher = to.Slice(2, length);
        data.CopyTo(cipher);
        cipher[data.Length..].Clear();
        cipher[data.Length] = 0x80;
        for (var at = 0; at < length; at += Sm4.BlockSize)
        {
            var block = cipher.Slice(at, Sm4.BlockSize);
            if (at > 0) Xor(block, cipher.Slice(at - Sm4.BlockSize, Sm4.BlockSize));
            encrypt.ProcessBlock(block, block);
        }
        Mac(to[..(2 + length)], to.Slice(2 + length, MacSize));
        return 2 + length + MacSize;
    }

    /// <summary>The data of the record at the start of <paramref name="sealedBytes"/> and the bytes it takes; null when it is cut, altered, or of another key.</summary>
    public byte[]? Open(ReadOnlySpan<byte> sealedBytes, out int taken)
    {
        taken = 0;
        if (sealedBytes.Length < Overhead) return null;
        var length = sealedBytes[0] << 8 | sealedBytes[1];
        if (length == 0 || length % Sm4.BlockSize != 0 || sealedBytes.Length < 2 + length + MacSize) return null;
        Span<byte> expected = stackalloc byte[MacSize];
        Mac(sealedBytes[..(2 + length)], expected);
        if (!CardCrypto.Same(expected, sealedBytes.Slice(2 + length, MacSize))) return null;
        var cipher = sealedBytes.Slice(2, length);
        var plain = new byte[length];
        for (var at = 0; at < length; at += Sm4.BlockSize)
        {
            decrypt.ProcessBlock(cipher.Slice(at, Sm4.BlockSize), plain.AsSpan(at, Sm4.BlockSize));
            if (at > 0) Xor(plain.AsSpan(at, Sm4.BlockSize), cipher.Slice(at - Sm4.BlockSize, Sm4.BlockSize));
        }
        var end = plain.AsSpan().LastIndexOfAnyExcept((byte)0);
        if (end < 0 || plain[end] != 0x80) return null;
        taken = 2 + length + MacSize;
        return plain[..end];
    }

    // The length stands in the first block, so a CBC-MAC is safe for records of different lengths.
    private void Mac(ReadOnlySpan<byte> data, Span<byte> result)
    {
        Span<byte> chain = stackalloc byte[Sm4.BlockSize];
        chain.Clear();
        for (var at = 0; at <= data.Length; at += Sm4.BlockSize)
        {
            var rest = data[at..];
            if (rest.Length >= Sm4.BlockSize) Xor(chain, rest[..Sm4.BlockSize]);
            else
            {
                Xor(chain[..rest.Length], rest);
                chain[rest.Length] ^= 0x80;
            }
            mac.ProcessBlock(chain, chain);
        }
        chain.CopyTo(result);
    }

    private static void Xor(Span<byte> to, ReadOnlySpan<byte> with)
    {
        for (var i = 0; i < with.Length; i++) to[i] ^= with[i];
    }
}
