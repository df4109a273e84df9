using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Health.CardBridge.Issuing.Batches;

/// <summary>
/// The holders of a batch part, each enciphered with AES-128-GCM under a random key of its own. The ciphertexts go into the event and never change;
/// the keys stand together beside it and one can be blanked, which is what erasing a resident does (docs/adr/0010). Block: per holder length 2
/// (big-endian), ciphertext, tag 16.
/// </summary>
public static class HolderBlock
{
    public const int KeySize = 16, TagSize = 16;

    // A key enciphers one message in its life, so its nonce need not differ.
    private static readonly byte[] Nonce = new byte[12];

    /// <param name="place">Stream of the part: a block moved elsewhere does not open.</param>
    public static (byte[] Block, byte[] Keys) Seal(string place, IReadOnlyList<byte[]> holders)
    {
        var keys = RandomNumberGenerator.GetBytes(holders.Count * KeySize);
        var block = new byte[holders.Sum(holder => 2 + holder.Length + TagSize)];
        var at = 0;
        for (var i = 0; i < holders.Count; i++)
        {
            var length = holders[i].Length;
            BinaryPrimitives.WriteUInt16BigEndian(block.AsSpan(at), checked((ushort)length));
            using var cipher = new AesGcm(keys.AsSpan(i * KeySize, KeySize), TagSize);
            cipher.Encrypt(Nonce, holders[i], block.AsSpan(at + 2, length), block.AsSpan(at + 2 + length, TagSize), Place(place, i));
            at += 2 + length + TagSize;
        }
        return (block, keys);
    }

    /// <summary>The holder at a place (from 0); null when its key was blanked.</summary>
    /// <exception cref="CryptographicException">Altered, or of another part.</exception>
    public static byte[]? Open(string place, ReadOnlySpan<byte> block, ReadOnlySpan<byte> keys, int index)
    {
        var key = keys.Slice(index * KeySize, KeySize);
        if (key.IndexOfAnyExcept((byte)0) < 0) return null;
        for (var i = 0; i < index; i++) block = block[(2 + BinaryPrimitives.ReadUInt16BigEndian(block) + TagSize)..];
        int length = BinaryPrimitives.ReadUInt16BigEndian(block);
        var plain = new byte[length];
        using var cipher = new AesGcm(key, TagSize);
        cipher.Decrypt(Nonce, block.Slice(2, length), block.Slice(2 + length, TagSize), plain, Place(place, index));
        return plain;
    }

    /// <summary>Makes the holder at that place unreadable for good.</summary>
    public static void Blank(Span<byte> keys, int index) => keys.Slice(index * KeySize, KeySize).Clear();

    private static byte[] Place(string place, int index) => Encoding.UTF8.GetBytes($"{place}|{index}");
}
