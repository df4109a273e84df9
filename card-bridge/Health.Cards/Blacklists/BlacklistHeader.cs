namespace Health.Cards;

/// <summary>
/// What is signed of a list beside its keys. Versions count up per issuer; a version may repeat the keys of the one before, to say that
/// they are still true. Times are kept in milliseconds.
/// </summary>
/// <param name="KeyId">Whose signature it is: <see cref="Sm2PublicKey.Id"/>.</param>
/// <param name="Delegation">Present when a county signed.</param>
public sealed record BlacklistHeader(long Version, DateTimeOffset IssuedAt, ulong KeyId, Delegation? Delegation)
{
    internal void Write(List<byte> to)
    {
        to.Number((ulong)Version);
        to.Time(IssuedAt);
        to.Number(KeyId);
        to.Add(Delegation is null ? (byte)0 : (byte)1);
        Delegation?.Write(to);
    }

    internal static BlacklistHeader Read(ref ListReader reader)
    {
        var version = ReadVersion(ref reader, "version");
        var (issuedAt, keyId) = (reader.Time("time of issue"), reader.Number("id of the key"));
        var at = reader.Offset;
        var links = reader.Byte("length of the chain");
        if (links > 1) reader.Fail($"a chain of {links} delegations, at most 1 is accepted", at);
        return new BlacklistHeader(version, issuedAt, keyId, links == 1 ? Delegation.Read(ref reader) : null);
    }

    internal static long ReadVersion(ref ListReader reader, string what)
    {
        var at = reader.Offset;
        var version = (long)reader.Number(what);
        if (version <= 0) reader.Fail($"{what} is not positive", at);
        return version;
    }
}
