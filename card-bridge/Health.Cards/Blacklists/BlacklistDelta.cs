namespace Health.Cards;

/// <summary>
/// The way from one version of a list to a later one of the same issuer. It carries header and signature of the later list, so what it
/// makes is a whole signed document: a byte altered on the way gives a list whose signature does not hold. Wire form: <c>MYBD</c>, format
/// 01, version it starts from 8, header of the later list as in <see cref="BlacklistDocument"/>, added (number 4, keys 8), removed (the same), signature 64.
/// </summary>
public sealed class BlacklistDelta
{
    private static ReadOnlySpan<byte> Magic => "MYBD\x01"u8;
    private readonly ulong[] added, removed;
    private readonly ReadOnlyMemory<byte> signature;

    private BlacklistDelta(long from, BlacklistHeader to, ulong[] added, ulong[] removed, ReadOnlyMemory<byte> signature) =>
        (FromVersion, To, this.added, this.removed, this.signature) = (from, to, added, removed, signature);

    public long FromVersion { get; }
    public BlacklistHeader To { get; }
    public ReadOnlyMemory<ulong> Added => added;
    public ReadOnlyMemory<ulong> Removed => removed;

    public static BlacklistDelta Between(BlacklistDocument from, BlacklistDocument to)
    {
        if (from.Header.KeyId != to.Header.KeyId || from.Version >= to.Version) throw new ArgumentException("A delta leads to a later version of the same issuer.", nameof(to));
        List<ulong> added = [], removed = [];
        var old = from.Keys.Span;
        var now = to.Keys.Span;
        for (int i = 0, j = 0; i < old.Length || j < now.Length;)
        {
            if (j == now.Length || (i < old.Length && old[i] < now[j])) removed.Add(old[i++]);
            else if (i == old.Length || now[j] < old[i]) added.Add(now[j++]);
            else (i, j) = (i + 1, j + 1);
        }
        return new BlacklistDelta(from.Version, to.Header, [.. added], [.. removed], to.Signature);
    }

    /// <summary>The later list, judged by <paramref name="trust"/>; otherwise null and why not: then fetch the full list and keep using the old one while it is fresh.</summary>
    public (BlacklistDocument? Document, string? Refusal) Apply(BlacklistDocument from, BlacklistTrust trust)
    {
        if (from.Header.KeyId != To.KeyId) return (null, "the delta is of another issuer");
        if (from.Version != FromVersion) return (null, $"the delta starts at version {FromVersion}, the list is version {from.Version}");
        if (To.Version <= FromVersion || To.IssuedAt < from.IssuedAt) return (null, "the delta leads backwards");
        var keys = new SortedSet<ulong>(from.Keys.ToArray());
        foreach (var key in removed)
            if (!keys.Remove(key)) return (null, $"key {key:X16} is to be removed and is not there");
        foreach (var key in added)
            if (!keys.Add(key)) return (null, $"key {key:X16} is to be added and is there");
        if (keys.Count > BlacklistDocument.MaxKeys) return (null, $"more than {BlacklistDocument.MaxKeys} keys");
        var document = new BlacklistDocument(To, [.. keys], signature);
        return trust.Judge(document) is var verdict and not ListVerdict.Trusted ? (null, $"the list after the delta is not to be trusted: {verdict}") : (document, null);
    }

    public byte[] ToBytes()
    {
        List<byte> bytes = [.. Magic];
        bytes.Number((ulong)FromVersion);
        To.Write(bytes);
        bytes.Keys(added);
        bytes.Keys(removed);
        bytes.AddRange(signature.Span);
        return [.. bytes];
    }

    /// <summary>Null with the place when the bytes are no delta.</summary>
    public static BlacklistDelta? TryRead(ReadOnlySpan<byte> bytes, out ListError? error)
    {
        var reader = new ListReader(bytes);
        reader.Expect(Magic, "MYBD and format 1");
        var from = BlacklistHeader.ReadVersion(ref reader, "version it starts from");
        var to = BlacklistHeader.Read(ref reader);
        var added = reader.Keys("added keys", BlacklistDocument.MaxKeys);
        var removed = reader.Keys("removed keys", BlacklistDocument.MaxKeys);
        var signature = reader.Take(Sm2.SignatureSize, "signature").ToArray();
        reader.End();
        error = reader.Error;
        return error is null ? new BlacklistDelta(from, to, added, removed, signature) : null;
    }
}
