namespace Health.Cards;

/// <summary>
/// A short command APDU (ISO/IEC 7816-4 §5.1): CLA INS P1 P2 [Lc data] [Le]. <paramref name="Data"/> is at most 255 bytes;
/// <paramref name="Le"/> counts the bytes asked for, 256 is sent as 00, null asks for none.
/// </summary>
public sealed record CommandApdu(byte Cla, byte Ins, byte P1, byte P2, byte[] Data, int? Le = null)
{
    public CommandApdu(byte cla, byte ins, byte p1, byte p2, int? le = null) : this(cla, ins, p1, p2, [], le) { }

    /// <summary>The wire form. Throws when data or Le do not fit a short APDU: that is a bug of the caller.</summary>
    public byte[] ToBytes()
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Data.Length, 255);
        if (Le is < 1 or > 256) throw new InvalidOperationException($"Le {Le} is outside 1..256.");
        var bytes = new List<byte>(6 + Data.Length) { Cla, Ins, P1, P2 };
        if (Data.Length > 0)
        {
            bytes.Add((byte)Data.Length);
            bytes.AddRange(Data);
        }
        if (Le is { } le) bytes.Add((byte)le);
        return [.. bytes];
    }

    /// <summary>Reads a wire form as a card does; null when its length fits none of the four cases.</summary>
    public static CommandApdu? TryParse(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length is < 4 or > 261) return null;
        var (cla, ins, p1, p2) = (bytes[0], bytes[1], bytes[2], bytes[3]);
        if (bytes.Length == 4) return new CommandApdu(cla, ins, p1, p2);
        if (bytes.Length == 5) return new CommandApdu(cla, ins, p1, p2, Expected(bytes[4]));
        int lc = bytes[4];
        if (lc == 0) return null;
        var rest = bytes.Length - 5 - lc;
        if (rest is not (0 or 1)) return null;
        return new CommandApdu(cla, ins, p1, p2, bytes.Slice(5, lc).ToArray(), rest == 1 ? Expected(bytes[^1]) : null);
    }

    private static int Expected(byte le) => le == 0 ? 256 : le;
}
