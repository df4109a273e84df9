using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace Health.Hl7v2;

/// <summary>
/// Decides the character set of a message and brings its body to UTF-8 before any separator is looked for: trail bytes of GB 18030 run
/// from 0x40 to 0x7E, so <c>| ^ ~ \</c> occur inside characters.
/// </summary>
internal static class Hl7Transcoder
{
    private const int HeaderLimit = 4096;

    /// <summary>Of bytes that are not UTF-8. Order: UTF-16 by its mark, configured, MSH-18, GB 18030.</summary>
    public static ReadOnlyMemory<byte> ToUtf8(ReadOnlyMemory<byte> raw, Hl7Charset? configured, List<Hl7Diagnostic> diagnostics, out Hl7Charset charset)
    {
        if (WideCharset(raw.Span) is { } wide) return Decode(raw, charset = wide, diagnostics);
        var named = configured ?? Declared(raw.Span, diagnostics);
        charset = named ?? Hl7Charset.Gb18030;
        if (named is null) return Decode(raw, charset, diagnostics);
        if (named != Hl7Charset.Utf8 && !IsWide(named) && TryDecode(raw, named, out var body)) return body;
        charset = Hl7Charset.Gb18030;
        diagnostics.Add(Hl7Diagnostic.Error("MSH-18", Hl7ErrorCode.DataType, Mismatch(named, configured is null, charset)));
        return Decode(raw, charset, diagnostics);
    }

    /// <summary>Of bytes that are valid UTF-8 and said to be something else: read as that where they can be.</summary>
    public static ReadOnlyMemory<byte> FromNamed(ReadOnlyMemory<byte> raw, Hl7Charset named, bool isDeclared, List<Hl7Diagnostic> diagnostics, out Hl7Charset charset)
    {
        charset = named;
        if (!IsWide(named) && TryDecode(raw, named, out var body)) return body;
        charset = Hl7Charset.Utf8;
        diagnostics.Add(Hl7Diagnostic.Warning("MSH-18", Hl7ErrorCode.DataType, Mismatch(named, isDeclared, charset)));
        return raw;
    }

    /// <summary>UTF-16 shows in the bytes themselves; where it does not, no name makes it so.</summary>
    private static bool IsWide(Hl7Charset charset) => charset == Hl7Charset.Utf16 || charset == Hl7Charset.Utf16BigEndian;

    private static string Mismatch(Hl7Charset named, bool isDeclared, Hl7Charset read) =>
        $"The bytes are not {named.Name}, which {(isDeclared ? "MSH-18 names" : "the source is configured for")}; read as {read.Name}.";

    /// <summary>The character set of MSH-18; a name nobody knows is noted and the bytes decide.</summary>
    public static Hl7Charset? Named(ReadOnlySpan<byte> name, List<Hl7Diagnostic> diagnostics)
    {
        if (name.SequenceEqual("UNICODE UTF-8"u8)) return Hl7Charset.Utf8;
        if (name.SequenceEqual("ASCII"u8)) return Hl7Charset.Ascii;
        if (name.IsEmpty || name.SequenceEqual("\"\""u8)) return null;
        var charset = Hl7Charset.FromName(Encoding.UTF8.GetString(name));
        if (charset is null)
            diagnostics.Add(Hl7Diagnostic.Warning("MSH-18", Hl7ErrorCode.TableValueNotFound, "The character set is not one of table 0211 known here; it is detected from the bytes."));
        return charset;
    }

    /// <summary>UTF-16 shows in its byte order mark or in the zero beside the M of MSH.</summary>
    public static Hl7Charset? WideCharset(ReadOnlySpan<byte> span) => span switch
    {
        [0xFF, 0xFE, ..] or [(byte)'M', 0, (byte)'S', 0, ..] => Hl7Charset.Utf16,
        [0xFE, 0xFF, ..] or [0, (byte)'M', 0, (byte)'S', ..] => Hl7Charset.Utf16BigEndian,
        _ => null,
    };

    /// <summary>MSH-18 may stand behind facility names in the very charset it announces: the header is read as UTF-8 or as GB 18030, both of which keep ASCII.</summary>
    private static Hl7Charset? Declared(ReadOnlySpan<byte> span, List<Hl7Diagnostic> diagnostics)
    {
        var start = span.IndexOf("MSH"u8);
        if (start < 0) return null;
        var line = span[start..];
        var end = line.IndexOfAny((byte)'\r', (byte)'\n');
        if (end >= 0) line = line[..end];
        if (line.Length > HeaderLimit) line = line[..HeaderLimit];
        if (line.Length < 4) return null;
        var encoding = Utf8.IsValid(line) ? Encoding.UTF8 : CodePagesEncodingProvider.Instance.GetEncoding(54936)!;
        var fields = encoding.GetString(line).Split((char)line[3]);
        return fields.Length < 18 ? null : Named(Encoding.UTF8.GetBytes(fields[17].Split('~')[0]), diagnostics);
    }

    private static bool TryDecode(ReadOnlyMemory<byte> raw, Hl7Charset charset, out ReadOnlyMemory<byte> body)
    {
        var chars = ArrayPool<char>.Shared.Rent(charset.Encoding.GetMaxCharCount(raw.Length));
        try
        {
            var count = charset.Encoding.GetChars(raw.Span, chars);
            body = Encode(chars.AsSpan(0, count));
            return true;
        }
        catch (DecoderFallbackException)
        {
            body = default;
            return false;
        }
        finally
        {
            ArrayPool<char>.Shared.Return(chars, clearArray: true);
        }
    }

    /// <summary>With U+FFFD for what does not decode, so that the rest can be read, and an error that says so.</summary>
    private static ReadOnlyMemory<byte> Decode(ReadOnlyMemory<byte> raw, Hl7Charset charset, List<Hl7Diagnostic> diagnostics)
    {
        if (TryDecode(raw, charset, out var body)) return body;
        var lenient = (Encoding)charset.Encoding.Clone();
        lenient.DecoderFallback = new DecoderReplacementFallback("\uFFFD");
        diagnostics.Add(Hl7Diagnostic.Error("MSH-18", Hl7ErrorCode.DataType, $"Some bytes are neither UTF-8 nor {charset.Name}; they cannot be read."));
        return Encode(lenient.GetString(raw.Span));
    }

    private static byte[] Encode(ReadOnlySpan<char> text)
    {
        if (text.Length > 0 && text[0] == '\uFEFF') text = text[1..];
        var bytes = new byte[Encoding.UTF8.GetByteCount(text)];
        Encoding.UTF8.GetBytes(text, bytes);
        return bytes;
    }
}
