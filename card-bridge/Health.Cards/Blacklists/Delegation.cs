namespace Health.Cards;

/// <summary>
/// The city's word that a county may sign lists by itself while it is cut off: the county's key, its division, the time it is valid for,
/// signed by the city's key. On the wire: 04|X|Y 65, division 6 ASCII digits, from 8, until 8 (Unix milliseconds, big-endian), id of the city's key 8, signature 64.
/// </summary>
public sealed record Delegation(Sm2PublicKey CountyKey, string Division, DateTimeOffset NotBefore, DateTimeOffset NotAfter, ulong CityKeyId, ReadOnlyMemory<byte> Signature)
{
    private static ReadOnlySpan<byte> Tag => "MY-HC/1 delegation"u8;

    /// <param name="division">Six digits, e.g. 510703.</param>
    public static Delegation Sign(Sm2KeyPair city, Sm2PublicKey county, string division, DateTimeOffset notBefore, DateTimeOffset notAfter)
    {
        var unsigned = new Delegation(county, division, notBefore, notAfter, city.Public.Id, default);
        return unsigned with { Signature = city.Sign(unsigned.Signed()) };
    }

    /// <summary>Signed by this key of the city. The time is judged against what the county signs, see <see cref="BlacklistTrust"/>.</summary>
    public bool IsOf(Sm2PublicKey city) => city.Id == CityKeyId && city.Verify(Signed(), Signature.Span);

    internal void Write(List<byte> to)
    {
        WriteSigned(to);
        to.AddRange(Signature.Span);
    }

    internal static Delegation? Read(ref ListReader reader)
    {
        var at = reader.Offset;
        var key = Sm2PublicKey.TryParse(reader.Take(Sm2.PublicKeySize, "key of the county"));
        if (key is null) reader.Fail("no point of the SM2 curve", at);
        var division = reader.Division("division of the county");
        var (from, until, city) = (reader.Time("start of the delegation"), reader.Time("end of the delegation"), reader.Number("id of the city's key"));
        var signature = reader.Take(Sm2.SignatureSize, "signature of the city").ToArray();
        return reader.Error is null ? new Delegation(key!, division, from, until, city, signature) : null;
    }

    private byte[] Signed()
    {
        List<byte> bytes = [.. Tag];
        WriteSigned(bytes);
        return [.. bytes];
    }

    private void WriteSigned(List<byte> to)
    {
        to.AddRange(CountyKey.Bytes.Span);
        to.Division(Division);
        to.Time(NotBefore);
        to.Time(NotAfter);
        to.Number(CityKeyId);
    }
}
