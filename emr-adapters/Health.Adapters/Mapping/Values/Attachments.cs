using System.Buffers.Text;
using System.Text;
using Health.Hl7v2;

namespace Health.Adapters.Mapping.Values;

/// <summary>ED and RP to Attachment.</summary>
internal static class Attachments
{
    /// <summary>ED: source^type^subtype^encoding^data. Base64 as sent, hexadecimal and plain text re-encoded; anything else is left out.</summary>
    public static void Encapsulated(Patch patch, RepetitionView ed)
    {
        var data = ed.Component(5);
        if (!data.IsPresent) return;
        var encoding = ed.Text(4)?.ToUpperInvariant();
        if (encoding == "BASE64" && !data.HasEscapes && Base64.IsValid(data.Bytes) && data.Bytes.IndexOfAny(" \r\n\t"u8) < 0)
        {
            patch.Text("contentType", ContentType(ed.Text(2), ed.Text(3)));
            patch.Text("data", data);
            return;
        }

        var text = data.ToText();
        var encoded = encoding switch
        {
            "BASE64" => Compact(text),
            "HEX" => text.Length % 2 == 0 && text.All(char.IsAsciiHexDigit) ? Convert.ToBase64String(Convert.FromHexString(text)) : null,
            _ => Convert.ToBase64String(Encoding.UTF8.GetBytes(text)),
        };
        if (encoded is null) return;
        patch.Text("contentType", ContentType(ed.Text(2), ed.Text(3)));
        patch.Text("data", encoded);
    }

    /// <summary>RP: pointer^application^type^subtype.</summary>
    public static void Pointer(Patch patch, RepetitionView rp)
    {
        if (rp.Text(1) is not { } url) return;
        patch.Text("contentType", ContentType(rp.Text(3), rp.Text(4)));
        patch.Text("url", url.Replace(" ", "%20", StringComparison.Ordinal));
    }

    private static string? Compact(string base64)
    {
        var text = new string([.. base64.Where(c => !char.IsWhiteSpace(c))]);
        return Base64.IsValid(text) ? text : null;
    }

    private static string? ContentType(string? type, string? subtype) => (type?.ToUpperInvariant(), subtype?.ToUpperInvariant()) switch
    {
        (_, "PDF") => "application/pdf",
        (_, "JPEG" or "JPG") => "image/jpeg",
        (_, "PNG") => "image/png",
        (_, "RTF") => "text/rtf",
        (_, "HTML") => "text/html",
        (_, "XML") => "text/xml",
        ("TEXT" or "TX", _) => "text/plain",
        _ => null,
    };
}
