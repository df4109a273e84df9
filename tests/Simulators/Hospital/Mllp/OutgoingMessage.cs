using System.Text;

namespace Health.Simulators.Hospital.Mllp;

/// <summary>A message ready for the wire. The text is for people and the journal; the bytes are what is sent.</summary>
public sealed record OutgoingMessage(byte[] Bytes, string Text, string Charset)
{
    /// <summary>MSH-10.</summary>
    public string ControlId
    {
        get
        {
            var fields = Text.Split('\r', 2)[0].Split('|');
            return fields.Length > 9 ? fields[9] : "";
        }
    }

    /// <summary>Line ends of any kind become the carriage return that ends an HL7 segment.</summary>
    public static OutgoingMessage FromText(string text, string charset)
    {
        var segments = text.ReplaceLineEndings("\r");
        return new OutgoingMessage(EncodingOf(charset).GetBytes(segments), segments, charset);
    }

    public static OutgoingMessage FromBytes(byte[] bytes, string charset) => new(bytes, EncodingOf(charset).GetString(bytes), charset);

    public static Encoding EncodingOf(string charset) =>
        charset.Replace("-", "", StringComparison.Ordinal).Replace(" ", "", StringComparison.Ordinal).ToUpperInvariant() switch
        {
            "UTF8" => new UTF8Encoding(false),
            "GB18030" => Encoding.GetEncoding(54936),
            "GBK" => Encoding.GetEncoding(936),
            "ASCII" => Encoding.ASCII,
            _ => throw new BadRequestException($"charset {charset} is not known; UTF-8, GB18030, GBK and ASCII are"),
        };
}

/// <summary>The caller's mistake, told in one sentence.</summary>
public sealed class BadRequestException(string message) : Exception(message);
