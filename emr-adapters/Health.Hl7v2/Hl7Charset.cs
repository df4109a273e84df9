using System.Text;

namespace Health.Hl7v2;

/// <summary>A character set of HL7 table 0211. Decoding is strict: a byte sequence outside the set is an error, never a silent replacement.</summary>
public sealed class Hl7Charset
{
    public static readonly Hl7Charset Utf8 = new("UNICODE UTF-8", new UTF8Encoding(false, true));
    public static readonly Hl7Charset Gb18030 = new("GB 18030-2000", Strict(54936));
    public static readonly Hl7Charset Ascii = new("ASCII", Encoding.GetEncoding(20127, EncoderFallback.ReplacementFallback, DecoderFallback.ExceptionFallback));
    public static readonly Hl7Charset Latin1 = new("8859/1", Strict(28591));
    public static readonly Hl7Charset Big5 = new("BIG-5", Strict(950));
    public static readonly Hl7Charset Utf16 = new("UNICODE UTF-16", new UnicodeEncoding(false, false, true));
    public static readonly Hl7Charset Utf16BigEndian = new("UNICODE UTF-16BE", new UnicodeEncoding(true, false, true));

    private Hl7Charset(string name, Encoding encoding)
    {
        Name = name;
        Encoding = encoding;
    }

    /// <summary>The name in table 0211, as MSH-18 carries it.</summary>
    public string Name { get; }

    /// <summary>Throws <see cref="DecoderFallbackException"/> on bytes outside the set; encodes what the set lacks as '?'.</summary>
    public Encoding Encoding { get; }

    /// <summary>Reads MSH-18 or a setting, tolerant of the spellings senders use; null when the name is not known.</summary>
    public static Hl7Charset? FromName(string? name)
    {
        if (string.IsNullOrWhiteSpace(name)) return null;
        var key = new string([.. name.Where(char.IsAsciiLetterOrDigit).Select(char.ToUpperInvariant)]);
        return key switch
        {
            "UNICODEUTF8" or "UTF8" or "UNICODE" => Utf8,
            "GB180302000" or "GB18030" or "GB180302005" or "GB180302022" or "GBK" or "GB2312" or "CP936" => Gb18030,
            "ASCII" or "USASCII" => Ascii,
            "88591" or "ISO88591" or "LATIN1" => Latin1,
            "BIG5" => Big5,
            "UNICODEUTF16" or "UTF16" or "UTF16LE" => Utf16,
            "UNICODEUTF16BE" or "UTF16BE" => Utf16BigEndian,
            _ => null,
        };
    }

    public override string ToString() => Name;

    private static Encoding Strict(int codePage) =>
        CodePagesEncodingProvider.Instance.GetEncoding(codePage, EncoderFallback.ReplacementFallback, DecoderFallback.ExceptionFallback)
        ?? Encoding.GetEncoding(codePage, EncoderFallback.ReplacementFallback, DecoderFallback.ExceptionFallback);
}
