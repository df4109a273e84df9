namespace Health.Cards;

public enum ListFreshness { Fresh, TooOld }

/// <summary>
/// A signed blacklist: chips and purses no desk may take, as sorted 8-byte keys (<see cref="BlacklistKey"/>). 1 % of 3 million cards is 240 KB.
/// Wire form, big-endian: <c>MYBL</c>, format 01, version 8, time of issue 8 (Unix milliseconds), id of the key 8, chain length 1,
/// [delegation 159], number of keys 4, keys 8 each, SM2 signature 64 over all bytes before it. A document that was read is not yet
/// believed: <see cref="BlacklistTrust.Judge"/>.
/// </summary>
public sealed class BlacklistDocument
{
    /// <summary>32 MB: more keys than the region has cards.</summary>
    public const int MaxKeys = 4_000_000;
    public static readonly TimeSpan MaxAge = TimeSpan.FromHours(24);

    /// <summary>A clock this much behind the issuer's is still believed; further behind it was set back, and an old list could pass for a new one.</summary>
    public static readonly TimeSpan ClockTolerance = TimeSpan.FromMinutes(5);

    private static ReadOnlySpan<byte> Magic => "MYBL\x01"u8;
    private readonly ulong[] keys;

    internal BlacklistDocument(BlacklistHeader header, ulong[] keys, ReadOnlyMemory<byte> signature) => (Header, this.keys, Signature) = (header, keys, signature);

    public BlacklistHeader Header { get; }
    public long Version => Header.Version;
    public DateTimeOffset IssuedAt => Header.IssuedAt;

    /// <summary>Ascending, distinct.</summary>
    public ReadOnlyMemory<ulong> Keys => keys;

    public ReadOnlyMemory<byte> Signature { get; }

    public static BlacklistDocument Issue(long version, DateTimeOffset issuedAt, IEnumerable<ulong> keys, Sm2KeyPair key, Delegation? delegation = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(version, 1);
        var header = new BlacklistHeader(version, DateTimeOffset.FromUnixTimeMilliseconds(issuedAt.ToUnixTimeMilliseconds()), key.Public.Id, delegation);
        var sorted = new SortedSet<ulong>(keys).ToArray();
        ArgumentOutOfRangeException.ThrowIfGreaterThan(sorted.Length, MaxKeys);
        return new BlacklistDocument(header, sorted, key.Sign(Signed(header, sorted).ToArray()));
    }

    public bool Contains(ulong key) => Array.BinarySearch(keys, key) >= 0;

    /// <summary>Fails closed: too old after 24 hours, and also when it was issued later than now, for then the clock is wrong.</summary>
    public ListFreshness Freshness(DateTimeOffset now) => now - IssuedAt <= MaxAge && IssuedAt - now <= ClockTolerance ? ListFreshness.Fresh : ListFreshness.TooOld;

    public byte[] ToBytes()
    {
        var bytes = Signed(Header, keys);
        bytes.AddRange(Signature.Span);
        return [.. bytes];
    }

    /// <summary>Null with the place when the bytes are no list. Time and memory are bounded by the bytes given.</summary>
    public static BlacklistDocument? TryRead(ReadOnlySpan<byte> bytes, out ListError? error)
    {
        var reader = new ListReader(bytes);
        reader.Expect(Magic, "MYBL and format 1");
        var header = BlacklistHeader.Read(ref reader);
        var keys = reader.Keys("keys", MaxKeys);
        var signature = reader.Take(Sm2.SignatureSize, "signature").ToArray();
        reader.End();
        error = reader.Error;
        return error is null ? new BlacklistDocument(header, keys, signature) : null;
    }

    internal bool IsSignedBy(Sm2PublicKey key) => key.Id == Header.KeyId && key.Verify(Signed(Header, keys).ToArray(), Signature.Span);

    private static List<byte> Signed(BlacklistHeader header, ulong[] keys)
    {
        List<byte> bytes = [.. Magic];
        header.Write(bytes);
        bytes.Keys(keys);
        return bytes;
    }
}
