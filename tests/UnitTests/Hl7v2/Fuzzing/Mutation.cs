namespace Health.UnitTests.Hl7v2.Fuzzing;

/// <summary>One message changed in one to eight places, the same for the same number.</summary>
internal ref struct Mutation(byte[][] seeds, ulong number)
{
    private const int Longest = 40_000;

    private static readonly byte[][] Nasty =
    [
        "|"u8.ToArray(), "^"u8.ToArray(), "~"u8.ToArray(), "\\"u8.ToArray(), "&"u8.ToArray(), "\r"u8.ToArray(), "\n"u8.ToArray(), "\r\n"u8.ToArray(), "\""u8.ToArray(), "\"\""u8.ToArray(), [0], [0x0B], [0x1C, 0x0D],
        [0xFF], [0xE7, 0x8E], [0x81, 0x30, 0x81, 0x30], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xC0, 0x80], "珅"u8.ToArray(), "𠮷"u8.ToArray(), "\u3000"u8.ToArray(),
        "\\X\\"u8.ToArray(), "\\XE78E8B\\"u8.ToArray(), "\\X0D\\"u8.ToArray(), "\\.br\\"u8.ToArray(), "\\.sp99999999\\"u8.ToArray(), "\\C2842\\"u8.ToArray(), "\\M242842\\"u8.ToArray(), "\\F\\"u8.ToArray(), "\\E"u8.ToArray(), "MSH|^~\\&|"u8.ToArray(),
        "\rPID|1||"u8.ToArray(), "\rMRG|"u8.ToArray(), "\rOBX|1|NM|A||"u8.ToArray(), "99999999999999999999"u8.ToArray(), "-1"u8.ToArray(), "00000000"u8.ToArray(), "20261399"u8.ToArray(), "00010101000000+1400"u8.ToArray(), "99991231235959.9999-1200"u8.ToArray(), "1e400"u8.ToArray(), "<=."u8.ToArray(),
    ];

    private ulong state = number * 0x9E3779B97F4A7C15 + 0x2545F4914F6CDD1D;

    public byte[] Make()
    {
        List<byte> bytes = [.. seeds[Next(seeds.Length)]];
        for (var edits = 1 + Next(8); edits > 0; edits--) Edit(bytes);
        return [.. bytes.Count > Longest ? bytes.Take(Longest) : bytes];
    }

    /// <summary>A number below the limit.</summary>
    public int Next(int limit)
    {
        // SplitMix64: a message's number alone gives its random numbers, so that one can be made again without those before it.
        state += 0x9E3779B97F4A7C15;
        var z = (state ^ state >> 30) * 0xBF58476D1CE4E5B9;
        z = (z ^ z >> 27) * 0x94D049BB133111EB;
        return (int)((z ^ z >> 31) % (ulong)limit);
    }

    private void Edit(List<byte> bytes)
    {
        if (bytes.Count == 0) bytes.Add((byte)'M');
        var at = Next(bytes.Count);
        switch (Next(10))
        {
            case 0:
                bytes[at] = (byte)Next(256);
                break;
            case 1:
                bytes[at] ^= (byte)(1 << Next(8));
                break;
            case 2 or 3:
                bytes.InsertRange(at, Nasty[Next(Nasty.Length)]);
                break;
            case 4:
                bytes.RemoveRange(at, Math.Min(1 + Next(40), bytes.Count - at));
                break;
            case 5:
                bytes.InsertRange(Next(bytes.Count), bytes.GetRange(at, Math.Min(1 + Next(200), bytes.Count - at)));
                break;
            case 6:
                bytes.RemoveRange(at, bytes.Count - at);
                break;
            case 7:
                Splice(bytes, at);
                break;
            case 8:
                SwapSeparators(bytes);
                break;
            default:
                bytes.InsertRange(at, Enumerable.Repeat(Nasty[Next(Nasty.Length)][0], Next(300)));
                break;
        }
    }

    private void Splice(List<byte> bytes, int at)
    {
        var other = seeds[Next(seeds.Length)];
        var from = Next(other.Length);
        bytes.InsertRange(at, other.AsSpan(from, Math.Min(Next(400), other.Length - from)));
    }

    /// <summary>Every occurrence of one separator becomes another character.</summary>
    private void SwapSeparators(List<byte> bytes)
    {
        var (old, changed) = ("|^~\\&"u8[Next(5)], "$%!?*#|^@"u8[Next(9)]);
        for (var i = 0; i < bytes.Count; i++)
            if (bytes[i] == old) bytes[i] = changed;
    }
}
