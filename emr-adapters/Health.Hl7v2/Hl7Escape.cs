using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace Health.Hl7v2;

/// <summary>Escape sequences (HL7 v2.5.1 §2.7). What is not a known sequence stays in the text as it stands: nothing is lost.</summary>
public static class Hl7Escape
{
    private const int LongestSequence = 8192;

    /// <summary>Text of UTF-8 bytes in which <c>\X..\</c> carries bytes of <paramref name="charset"/>.</summary>
    public static string Decode(ReadOnlySpan<byte> bytes, Hl7Separators separators, Hl7Charset charset)
    {
        var at = bytes.IndexOf(separators.Escape);
        if (at < 0) return Encoding.UTF8.GetString(bytes);
        var text = new StringBuilder(bytes.Length);
        while (at >= 0)
        {
            Append(text, bytes[..at]);
            bytes = bytes[at..];
            var rest = bytes[1..];
            var end = rest[..Math.Min(rest.Length, LongestSequence)].IndexOf(separators.Escape);
            if (end >= 0 && TryDecodeSequence(rest[..end], separators, charset, text))
            {
                bytes = rest[(end + 1)..];
            }
            else
            {
                text.Append((char)separators.Escape);
                bytes = rest;
            }

            at = bytes.IndexOf(separators.Escape);
        }

        Append(text, bytes);
        return text.ToString();
    }

    /// <summary>Writes text so that it stands as one value: separators, escape character and line ends become sequences.</summary>
    public static string Encode(string text, Hl7Separators separators)
    {
        StringBuilder? escaped = null;
        for (var i = 0; i < text.Length; i++)
        {
            var sequence = Sequence(text[i], separators);
            if (sequence is not null) (escaped ??= new StringBuilder(text.Length + 16).Append(text, 0, i)).Append((char)separators.Escape).Append(sequence).Append((char)separators.Escape);
            else escaped?.Append(text[i]);
        }

        return escaped?.ToString() ?? text;
    }

    private static string? Sequence(char c, Hl7Separators s)
    {
        if (c == s.Field) return "F";
        if (c == s.Component) return "S";
        if (c == s.Subcomponent) return "T";
        if (c == s.Repetition) return "R";
        if (c == s.Escape) return "E";
        if (s.Truncation != 0 && c == s.Truncation) return "P";
        return c switch { '\r' => "X0D", '\n' => "X0A", '\v' => "X0B", '\u001c' => "X1C", _ => null };
    }

    private static bool TryDecodeSequence(ReadOnlySpan<byte> sequence, Hl7Separators separators, Hl7Charset charset, StringBuilder text)
    {
        if (sequence.IsEmpty) return false;
        if (sequence.Length == 1)
        {
            switch (sequence[0])
            {
                case (byte)'F': text.Append((char)separators.Field); return true;
                case (byte)'S': text.Append((char)separators.Component); return true;
                case (byte)'T': text.Append((char)separators.Subcomponent); return true;
                case (byte)'R': text.Append((char)separators.Repetition); return true;
                case (byte)'E': text.Append((char)separators.Escape); return true;
                case (byte)'P': text.Append(separators.Truncation == 0 ? '#' : (char)separators.Truncation); return true;
                case (byte)'H' or (byte)'N': return true;
                default: return false;
            }
        }

        return sequence[0] switch
        {
            (byte)'X' => TryDecodeHex(sequence[1..], charset, text),
            (byte)'.' => TryFormat(sequence[1..], text),
            // A switch of the character set (§2.7.4): the bytes are decoded as a whole, so the announcement itself is no text.
            (byte)'C' => sequence.Length == 5 && IsHex(sequence[1..]),
            (byte)'M' => sequence.Length is 5 or 7 && IsHex(sequence[1..]),
            _ => false,
        };
    }

    private static bool TryDecodeHex(ReadOnlySpan<byte> hex, Hl7Charset charset, StringBuilder text)
    {
        Span<byte> bytes = hex.Length <= 512 ? stackalloc byte[256] : new byte[hex.Length / 2];
        if (hex.Length % 2 != 0 || Convert.FromHexString(hex, bytes, out _, out var count) != OperationStatus.Done) return false;
        try
        {
            text.Append(charset.Encoding.GetString(bytes[..count]));
            return true;
        }
        catch (DecoderFallbackException)
        {
            return false;
        }
    }

    private static bool IsHex(ReadOnlySpan<byte> text)
    {
        foreach (var b in text)
            if (!char.IsAsciiHexDigit((char)b)) return false;
        return true;
    }

    /// <summary>Formatting commands of FT (§2.7.6): line breaks are kept, the rest is layout.</summary>
    private static bool TryFormat(ReadOnlySpan<byte> command, StringBuilder text)
    {
        if (command.Length < 2) return false;
        var argument = command[2..];
        var lines = 1;
        if (!argument.IsEmpty && !(Utf8Parser.TryParse(argument, out lines, out var used) && used == argument.Length)) return false;
        switch (command[..2])
        {
            case [(byte)'b', (byte)'r'] or [(byte)'c', (byte)'e']:
                text.Append('\n');
                return true;
            case [(byte)'s', (byte)'p'] or [(byte)'s', (byte)'k']:
                text.Append(command[1] == (byte)'p' ? '\n' : ' ', Math.Clamp(lines, 1, 100));
                return true;
            case [(byte)'i', (byte)'n'] or [(byte)'t', (byte)'i'] or [(byte)'f', (byte)'i'] or [(byte)'n', (byte)'f']:
                return true;
            default:
                return false;
        }
    }

    private static void Append(StringBuilder text, ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty) return;
        var chars = ArrayPool<char>.Shared.Rent(bytes.Length);
        text.Append(chars, 0, Encoding.UTF8.GetChars(bytes, chars));
        ArrayPool<char>.Shared.Return(chars);
    }
}
