using System.Buffers.Binary;
using System.Text;

namespace Health.Cards;

/// <summary>
/// One line of a desk's offline journal. <paramref name="Seq"/> counts from 1 without a gap; <paramref name="Previous"/> is the hash of the line before (64 zeros for
/// the first); <paramref name="Hash"/> is SM3 over all other fields, <paramref name="Signature"/> the desk's SM2 signature over it. Hashes and signature in hexadecimal.
/// </summary>
/// <param name="At">Time of the desk's clock in milliseconds; never before the line before.</param>
/// <param name="Kind">See <see cref="OfflineKinds"/>.</param>
/// <param name="Body">JSON text exactly as signed; what tells of a person is sealed in it for the platform.</param>
public sealed record OfflineEntry(string DeskId, long Seq, DateTimeOffset At, string Kind, string VisitTx, string Body, string Previous, string Hash, string Signature)
{
    public override string ToString() => $"OfflineEntry {DeskId} {Seq} {Kind}";
}

/// <summary>What a line tells.</summary>
public static class OfflineKinds
{
    /// <summary>A visit was registered under a local number.</summary>
    public const string Registered = "registered";

    /// <summary>A debit is about to be sent to the chip.</summary>
    public const string Intended = "intended";

    /// <summary>What is known of the outcome of the debit; a later line replaces "unknown" only.</summary>
    public const string Decided = "decided";

    public static bool IsKnown(string kind) => kind is Registered or Intended or Decided;
}

/// <summary>Where a chain stands: the last number and its hash. Numbers begin at 1.</summary>
public sealed record OfflineHead(long Seq, string Hash, DateTimeOffset At)
{
    public static readonly OfflineHead Start = new(0, new string('0', 64), DateTimeOffset.UnixEpoch);
}

/// <summary>Makes and checks lines. Pure but for the randomness of the signature.</summary>
public static class OfflineChain
{
    /// <summary>The next line. A clock behind the last line gives the last line's time: the journal's time never runs backwards.</summary>
    public static OfflineEntry Next(OfflineHead head, string deskId, DateTimeOffset now, string kind, string visitTx, string body, Sm2KeyPair key)
    {
        var at = DateTimeOffset.FromUnixTimeMilliseconds(Math.Max(now.ToUnixTimeMilliseconds(), head.At.ToUnixTimeMilliseconds()));
        var unsigned = new OfflineEntry(deskId, head.Seq + 1, at, kind, visitTx, body, head.Hash, "", "");
        var hash = HashOf(unsigned);
        return unsigned with { Hash = Convert.ToHexString(hash), Signature = Convert.ToHexString(key.Sign(hash)) };
    }

    /// <summary>Null when the line follows <paramref name="head"/> and is signed by <paramref name="key"/>; otherwise the field that is wrong. Its time is judged by <see cref="RunsBackwards"/>.</summary>
    public static string? Wrong(OfflineEntry entry, OfflineHead head, string deskId, Sm2PublicKey key)
    {
        if (entry.DeskId != deskId) return "deskId";
        if (entry.Seq != head.Seq + 1) return "seq";
        if (entry.Previous != head.Hash) return "previous";
        var hash = HashOf(entry);
        if (entry.Hash != Convert.ToHexString(hash)) return "hash";
        return Hex(entry.Signature) is { } signature && key.Verify(hash, signature) ? null : "signature";
    }

    public static bool RunsBackwards(OfflineEntry entry, OfflineHead head) => entry.At < head.At;

    public static OfflineHead After(OfflineEntry entry) => new(entry.Seq, entry.Hash, entry.At);

    private static byte[] HashOf(OfflineEntry entry)
    {
        using var bytes = new MemoryStream();
        bytes.Write("MY-HC/1 offline journal\x01"u8);
        Number(bytes, entry.Seq);
        Number(bytes, entry.At.ToUnixTimeMilliseconds());
        // Each text with its length: no two different lines have the same bytes.
        foreach (var text in (string[])[entry.DeskId, entry.Kind, entry.VisitTx, entry.Body, entry.Previous])
        {
            var utf8 = Encoding.UTF8.GetBytes(text);
            Number(bytes, utf8.Length);
            bytes.Write(utf8);
        }
        return Sm3.Hash(bytes.ToArray());
    }

    private static void Number(MemoryStream to, long value)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteInt64BigEndian(bytes, value);
        to.Write(bytes);
    }

    private static byte[]? Hex(string text) => text.Length == Sm2.SignatureSize * 2 && text.All(char.IsAsciiHexDigit) ? Convert.FromHexString(text) : null;
}
