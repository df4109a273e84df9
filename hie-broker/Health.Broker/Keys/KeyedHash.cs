using System.Buffers;
using System.Security.Cryptography;
using System.Text;

namespace Health.Broker.Keys;

/// <summary>HMAC-SHA256 over UTF-8 parts, each but the last ended by a zero byte so that no two lists of parts meet.</summary>
internal sealed class KeyedHash(byte[] key)
{
    private const int OnStack = 512;

    public Guid Blind(string domain, ReadOnlySpan<char> value)
    {
        Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
        Compute(domain, value, hash);
        return new Guid(hash[..16], bigEndian: true);
    }

    public string DeriveId(string kind, string system, ReadOnlySpan<char> value)
    {
        Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
        Compute($"{kind}\0{system}", value, hash);
        return RandomId.Encode(hash);
    }

    public byte[] Mac(ReadOnlySpan<byte> bytes) => HMACSHA256.HashData(key, bytes);

    private void Compute(string head, ReadOnlySpan<char> tail, Span<byte> hash)
    {
        var size = Encoding.UTF8.GetMaxByteCount(head.Length) + 1 + Encoding.UTF8.GetMaxByteCount(tail.Length);
        var rented = size > OnStack ? ArrayPool<byte>.Shared.Rent(size) : null;
        var buffer = rented ?? stackalloc byte[OnStack];
        var length = Encoding.UTF8.GetBytes(head, buffer);
        buffer[length++] = 0;
        length += Encoding.UTF8.GetBytes(tail, buffer[length..]);
        HMACSHA256.HashData(key, buffer[..length], hash);
        if (rented is not null) ArrayPool<byte>.Shared.Return(rented, clearArray: true);
    }
}
