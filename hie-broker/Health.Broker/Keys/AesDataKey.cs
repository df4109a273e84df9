using System.Security.Cryptography;
using Health.Contracts;

namespace Health.Broker.Keys;

/// <summary>AES-256-GCM. A sealed array is nonce (12) | ciphertext | tag (16); nonces are random (NIST SP 800-38D §8.2.2: at most 2³² per key).</summary>
internal sealed class AesDataKey(string id, byte[] key) : DataKey
{
    private const int NonceSize = 12, TagSize = 16;

    public override string Id => id;

    public override byte[] Seal(ReadOnlySpan<byte> plaintext, ReadOnlySpan<byte> additionalData)
    {
        var result = new byte[NonceSize + plaintext.Length + TagSize];
        var nonce = result.AsSpan(0, NonceSize);
        RandomNumberGenerator.Fill(nonce);
        using var aes = new AesGcm(key, TagSize);
        aes.Encrypt(nonce, plaintext, result.AsSpan(NonceSize, plaintext.Length), result.AsSpan(result.Length - TagSize), additionalData);
        return result;
    }

    public override int PlaintextLength(int sealedLength) =>
        sealedLength >= NonceSize + TagSize
            ? sealedLength - NonceSize - TagSize
            : throw new AuthenticationTagMismatchException("A sealed array is at least 28 bytes long.");

    public override void Open(ReadOnlySpan<byte> sealedBytes, ReadOnlySpan<byte> additionalData, Span<byte> plaintext)
    {
        var length = PlaintextLength(sealedBytes.Length);
        using var aes = new AesGcm(key, TagSize);
        aes.Decrypt(sealedBytes[..NonceSize], sealedBytes.Slice(NonceSize, length), sealedBytes[^TagSize..], plaintext[..length], additionalData);
    }
}
