using System.Buffers;
using System.Text;
using Health.Fhir.FhirPath;

namespace Health.Fhir.Validation;

public enum PrimitiveKind : byte
{
    None, Base64Binary, Boolean, Canonical, Code, Date, DateTime, Decimal, Id, Instant, Integer, Markdown, Oid, PositiveInt, String, Time, UnsignedInt, Uri, Url, Uuid, Xhtml,
}

/// <summary>
/// The forms of the primitive types, over UTF-8 and without backtracking. http://hl7.org/fhir/R4/datatypes.html#primitive
/// Dates are checked against the calendar as well.
/// </summary>
public static class PrimitiveFormat
{
    private static readonly SearchValues<byte> IdLetters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-."u8);
    private static readonly SearchValues<byte> White = SearchValues.Create(" \t\r\n\f\v"u8);

    /// <summary>What a value of this kind is, for an error text.</summary>
    public static string Describe(PrimitiveKind kind) => kind switch
    {
        PrimitiveKind.Base64Binary => "base64",
        PrimitiveKind.Boolean => "true or false, without quotes",
        PrimitiveKind.Code => "text without white space at its ends or twice in a row",
        PrimitiveKind.Date => "a date: YYYY, YYYY-MM or YYYY-MM-DD",
        PrimitiveKind.DateTime => "a date, or YYYY-MM-DDThh:mm:ss with an offset such as +08:00 or Z",
        PrimitiveKind.Instant => "YYYY-MM-DDThh:mm:ss with an offset such as +08:00 or Z",
        PrimitiveKind.Time => "hh:mm:ss",
        PrimitiveKind.Decimal => "a number, without quotes",
        PrimitiveKind.Integer => "a whole number from -2147483648 to 2147483647, without quotes",
        PrimitiveKind.PositiveInt => "a whole number from 1 to 2147483647, without quotes",
        PrimitiveKind.UnsignedInt => "a whole number from 0 to 2147483647, without quotes",
        PrimitiveKind.Id => "1 to 64 characters of A-Z a-z 0-9 - and point",
        PrimitiveKind.Oid => "an OID such as urn:oid:1.2.3",
        PrimitiveKind.Uuid => "a UUID such as urn:uuid: and 36 characters in lower case",
        PrimitiveKind.Uri or PrimitiveKind.Url or PrimitiveKind.Canonical => "a URI without white space",
        PrimitiveKind.Xhtml => "XHTML in a div",
        _ => "text that is not empty",
    };

    /// <summary>Whether a JSON value may stand for the kind at all.</summary>
    public static bool IsOfKind(PrimitiveKind kind, NodeKind node) => kind switch
    {
        PrimitiveKind.Boolean => node is NodeKind.True or NodeKind.False,
        PrimitiveKind.Decimal or PrimitiveKind.Integer or PrimitiveKind.PositiveInt or PrimitiveKind.UnsignedInt => node is NodeKind.Number,
        _ => node is NodeKind.String,
    };

    public static bool IsValid(PrimitiveKind kind, ResourceTree tree, int node)
    {
        var raw = tree.Raw(node);
        if (tree[node].IsEscaped && kind is not (PrimitiveKind.Boolean or PrimitiveKind.Xhtml))
        {
            var text = tree.Text(node);
            // NUL and other control characters are no characters of a FHIR string (and PostgreSQL takes no NUL).
            if (text.Any(letter => letter < ' ' && letter is not ('\t' or '\r' or '\n'))) return false;
            return IsValid(kind, Encoding.UTF8.GetBytes(text));
        }

        return IsValid(kind, raw);
    }

    public static bool IsValid(PrimitiveKind kind, ReadOnlySpan<byte> text) => kind switch
    {
        PrimitiveKind.String or PrimitiveKind.Markdown => text.IndexOfAnyExcept(White) >= 0,
        PrimitiveKind.Code => IsCode(text),
        PrimitiveKind.Uri or PrimitiveKind.Url or PrimitiveKind.Canonical => !text.IsEmpty && text.IndexOfAny(White) < 0,
        PrimitiveKind.Id => text.Length is > 0 and <= 64 && text.IndexOfAnyExcept(IdLetters) < 0,
        PrimitiveKind.Date => DateLength(text) == text.Length,
        PrimitiveKind.DateTime => DateLength(text) is var length && length > 0 && (length == text.Length || (length == 10 && IsTimeWithZone(text[10..]))),
        PrimitiveKind.Instant => DateLength(text) == 10 && IsTimeWithZone(text[10..]),
        PrimitiveKind.Time => TimeLength(text) is var length && length > 0 && length == text.Length,
        PrimitiveKind.Integer => Whole(text, long.MinValue),
        PrimitiveKind.PositiveInt => Whole(text, 1),
        PrimitiveKind.UnsignedInt => Whole(text, 0),
        PrimitiveKind.Oid => IsOid(text),
        PrimitiveKind.Uuid => text.StartsWith("urn:uuid:"u8) && text.Length == 45 && IsLowerUuid(text[9..]),
        PrimitiveKind.Base64Binary => IsBase64(text),
        PrimitiveKind.Decimal => text.Length <= 64,
        _ => true,
    };

    private static bool IsCode(ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty || White.Contains(text[0]) || White.Contains(text[^1])) return false;
        for (var at = text.IndexOfAny(White); at >= 0; at++)
        {
            if (White.Contains(text[at + 1])) return false;
            var next = text[(at + 1)..].IndexOfAny(White);
            if (next < 0) return true;
            at += next;
        }

        return true;
    }

    /// <summary>How many bytes of a date stand at the beginning: 4, 7 or 10; 0 when none does.</summary>
    private static int DateLength(ReadOnlySpan<byte> text)
    {
        if (!Digits(text, 0, 4, out var year) || year == 0) return 0;
        if (text.Length == 4) return 4;
        if (text[4] != '-' || !Digits(text, 5, 2, out var month) || month is < 1 or > 12) return 0;
        if (text.Length == 7) return 7;
        if (text[7] != '-' || !Digits(text, 8, 2, out var day) || day < 1 || day > DateTime.DaysInMonth(year, month)) return 0;
        return 10;
    }

    private static bool IsTimeWithZone(ReadOnlySpan<byte> text)
    {
        if (text.Length < 2 || text[0] != 'T') return false;
        var length = TimeLength(text[1..]);
        if (length == 0) return false;
        var zone = text[(length + 1)..];
        if (zone is [(byte)'Z']) return true;
        return zone.Length == 6 && zone[0] is (byte)'+' or (byte)'-' && zone[3] == ':'
            && Digits(zone, 1, 2, out var hours) && Digits(zone, 4, 2, out var minutes) && minutes < 60 && (hours < 14 || (hours == 14 && minutes == 0));
    }

    private static int TimeLength(ReadOnlySpan<byte> text)
    {
        if (text.Length < 8 || !Digits(text, 0, 2, out var hour) || hour > 23 || text[2] != ':' || !Digits(text, 3, 2, out var minute) || minute > 59) return 0;
        if (text[5] != ':' || !Digits(text, 6, 2, out var second) || second > 60) return 0;
        if (text.Length == 8 || text[8] != '.') return 8;
        var digits = text[9..].IndexOfAnyExceptInRange((byte)'0', (byte)'9');
        if (digits < 0) digits = text.Length - 9;
        return digits == 0 ? 0 : 9 + digits;
    }

    private static bool Digits(ReadOnlySpan<byte> text, int at, int count, out int value)
    {
        value = 0;
        if (text.Length < at + count) return false;
        foreach (var digit in text.Slice(at, count))
        {
            if (digit is < (byte)'0' or > (byte)'9') return false;
            value = (value * 10) + digit - '0';
        }

        return true;
    }

    private static bool Whole(ReadOnlySpan<byte> text, long min) =>
        System.Buffers.Text.Utf8Parser.TryParse(text, out int value, out var used) && used == text.Length && value >= min;

    private static bool IsOid(ReadOnlySpan<byte> text)
    {
        if (!text.StartsWith("urn:oid:"u8) || text.Length < 11 || text[8] is < (byte)'0' or > (byte)'2' || text[9] != '.') return false;
        for (var at = 10; at < text.Length;)
        {
            var end = text[at..].IndexOf((byte)'.');
            var part = end < 0 ? text[at..] : text.Slice(at, end);
            if (part.IsEmpty || (part[0] == '0' && part.Length > 1) || part.IndexOfAnyExceptInRange((byte)'0', (byte)'9') >= 0) return false;
            if (end < 0) return true;
            at += end + 1;
        }

        return false;
    }

    private static bool IsLowerUuid(ReadOnlySpan<byte> text)
    {
        for (var at = 0; at < text.Length; at++)
        {
            var isDash = at is 8 or 13 or 18 or 23;
            if (isDash ? text[at] != '-' : text[at] is not (>= (byte)'0' and <= (byte)'9' or >= (byte)'a' and <= (byte)'f')) return false;
        }

        return true;
    }

    private static bool IsBase64(ReadOnlySpan<byte> text)
    {
        var (letters, padding) = (0, 0);
        foreach (var letter in text)
        {
            if (White.Contains(letter)) continue;
            if (letter == '=') padding++;
            else if (padding > 0 || letter is not (>= (byte)'0' and <= (byte)'9' or >= (byte)'a' and <= (byte)'z' or >= (byte)'A' and <= (byte)'Z' or (byte)'+' or (byte)'/')) return false;
            else letters++;
        }

        return letters > 0 && padding <= 2 && (letters + padding) % 4 == 0;
    }
}
