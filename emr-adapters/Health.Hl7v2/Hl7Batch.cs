namespace Health.Hl7v2;

/// <summary>
/// Files of several messages: FHS, BHS, messages, BTS, FTS (HL7 v2.5.1 §2.10.3), or simply one message after the other. Also takes
/// messages that still carry their MLLP framing, and a byte order mark or blanks before the first segment.
/// </summary>
public static class Hl7Batch
{
    /// <summary>The messages in order, each a slice of the file: nothing is copied. A file with no MSH at a line start gives none.</summary>
    public static IReadOnlyList<ReadOnlyMemory<byte>> Split(ReadOnlyMemory<byte> file)
    {
        var span = file.Span;
        var messages = new List<ReadOnlyMemory<byte>>();
        int start = -1, line = Beginning(span);
        while (line < span.Length)
        {
            var rest = span[line..];
            if (IsEnvelope(rest) || IsHeader(rest))
            {
                if (start >= 0) messages.Add(Trim(file[start..line]));
                start = IsHeader(rest) ? line : -1;
            }

            var end = rest.IndexOfAny((byte)'\r', (byte)'\n', (byte)0x0B);
            if (end < 0) break;
            line += end + 1;
        }

        if (start >= 0) messages.Add(Trim(file[start..]));
        return messages;
    }

    /// <summary>Where the first segment may begin: behind the byte order mark of UTF-8 and behind blanks.</summary>
    public static int Beginning(ReadOnlySpan<byte> file)
    {
        var mark = file.StartsWith("\uFEFF"u8) ? 3 : 0;
        return mark + (file.Length - mark - file[mark..].TrimStart(" \t\r\n\v\0"u8).Length);
    }

    /// <summary>Whether a message or an envelope begins there.</summary>
    public static bool BeginsAt(ReadOnlySpan<byte> file, int place) => place < file.Length && (IsHeader(file[place..]) || IsEnvelope(file[place..]));

    private static bool IsHeader(ReadOnlySpan<byte> line) => line.Length > 3 && line.StartsWith("MSH"u8) && IsSeparator(line[3]);

    private static bool IsEnvelope(ReadOnlySpan<byte> line) =>
        line.Length > 2 && (line.StartsWith("FHS"u8) || line.StartsWith("BHS"u8) || line.StartsWith("BTS"u8) || line.StartsWith("FTS"u8))
        && (line.Length == 3 || IsSeparator(line[3]) || line[3] is (byte)'\r' or (byte)'\n');

    private static bool IsSeparator(byte b) => b is > 0x20 and < 0x7F && !char.IsAsciiLetterOrDigit((char)b);

    private static ReadOnlyMemory<byte> Trim(ReadOnlyMemory<byte> message)
    {
        var length = message.Span.TrimEnd("\r\n\v\u001c \t\0"u8).Length;
        return message[..length];
    }
}
