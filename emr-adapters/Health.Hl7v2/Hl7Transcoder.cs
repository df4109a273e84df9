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

    /// <summary>Order: configured, MSH-18, strictly valid UTF-8, GB 18030. ASCII and valid UTF-8 are not copied.</summary>
    public static ReadOnlyMemory<byte> ToUtf8(ReadOnlyMemory<byte> raw, Hl7Charset? configured, List<Hl7Diagnostic> diagnostics, out Hl7Charset charset)
    {
        var span = raw.Span;
        if (span.StartsWith(Encoding.UTF8.Preamble))
        {
            raw = raw[3..];
            span = raw.Span;
        }

        if (WideCharset(span) is { } wide) return Decode(raw, charset = wide, diagnostics);
        var named = configured ?? Declared(span, diagnostics);
        if (Ascii.IsValid(span))
        {
            charset = named ?? Hl7Charset.Utf8;
            return raw;
        }

        var isUtf8 = Utf8.IsValid(span);
        if (named is null)
        {
            charset = isUtf8 ? Hl7Charset.Utf8 : Hl7Charset.Gb18030;
            return isUtf8 ? raw : Decode(raw, charset, diagnostics);
        }

        charset = named;
        if (named == Hl7Charset.Utf8 && isUtf8) return raw;
        if (named != Hl7Charset.Utf8 && TryDecode(raw, named, out var body)) return body;
        charset = isUtf8 ? Hl7Charset.Utf8 : Hl7Charset.Gb18030;
        var said = configured is null ? "MSH-18 names" : "the source is configured for";
        diagnostics.Add(new Hl7Diagnostic("MSH-18", Hl7ErrorCode.DataType, $"The bytes are not {named.Name}, which {said}; read as {charset.Name}.") { IsError = !isUtf8 });
        return isUtf8 ? raw : Decode(raw, charset, diagnostics);
    }

    /// <summary>UTF-16 shows in its byte order mark or in the zero beside the M of MSH.</summary>
    private static Hl7Charset? WideCharset(ReadOnlySpan<byte> span) => span switch
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
        if (fields.Length < 18 || fields[17].Length == 0) return null;
        var first = fields[17].Split('~')[0];
        var charset = Hl7Charset.FromName(first);
        if (charset is null && first != "\"\"")
            diagnostics.Add(Hl7Diagnostic.Warning("MSH-18", Hl7ErrorCode.TableValueNotFound, "The character set is not one of table 0211 known here; it is detected from the bytes."));
        return charset;
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
