using System.Text.Json;
using System.Xml;
using Health.Contracts;
using Health.Fhir.Records;

namespace Health.Fhir.Wire;

/// <summary>
/// Narrative is shown by browsers, so only the XHTML of http://hl7.org/fhir/R4/narrative.html#xhtml passes: no script, no event handler,
/// no address that runs code, no DTD.
/// </summary>
public static class NarrativeGuard
{
    private static readonly HashSet<string> Elements =
    [
        "div", "p", "br", "hr", "h1", "h2", "h3", "h4", "h5", "h6", "b", "strong", "i", "em", "u", "s", "small", "big", "tt", "sub", "sup", "q", "span", "font",
        "abbr", "acronym", "address", "blockquote", "cite", "code", "dfn", "kbd", "pre", "samp", "var", "ins", "del", "bdo", "center", "dd", "dl", "dt", "li",
        "ol", "ul", "table", "caption", "col", "colgroup", "tbody", "td", "tfoot", "th", "thead", "tr", "a", "img", "map", "area",
    ];

    private static readonly HashSet<string> Attributes =
    [
        "abbr", "accesskey", "align", "alt", "axis", "bgcolor", "border", "cellhalign", "cellpadding", "cellspacing", "cellvalign", "char", "charoff", "charset",
        "cite", "class", "colspan", "color", "compact", "coords", "dir", "face", "frame", "headers", "height", "href", "hreflang", "hspace", "id", "lang", "longdesc", "name",
        "nowrap", "rel", "rev", "rowspan", "rules", "scope", "shape", "size", "span", "src", "start", "style", "summary", "tabindex", "title", "type", "valign",
        "value", "vspace", "width", "xmlns", "xml:lang", "xml:space",
    ];

    /// <summary>The first fault in any <c>text.div</c> of the resource; null when there is none.</summary>
    public static Refusal? Check(ReadOnlySpan<byte> json, string resourceType)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = ResourceScan.MaxDepth });
        while (reader.Read())
        {
            if (reader.TokenType != JsonTokenType.PropertyName || !reader.ValueTextEquals("div"u8)) continue;
            reader.Read();
            if (reader.TokenType == JsonTokenType.String && Fault(reader.GetString()!) is { } fault)
                return new Refusal(422, "structure", $"The narrative {fault}.", $"{resourceType}.text.div");
        }

        return null;
    }

    /// <summary>What is wrong with one narrative; null when it is harmless XHTML with content.</summary>
    internal static string? Fault(string xhtml)
    {
        var settings = new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null, ConformanceLevel = ConformanceLevel.Fragment };
        try
        {
            using var xml = XmlReader.Create(new StringReader(xhtml), settings);
            var (depth, hasContent) = (0, false);
            while (xml.Read())
            {
                if (xml.Depth == 0 && xml.NodeType == XmlNodeType.Element && (depth++ > 0 || xml.LocalName != "div")) return "is not one div";
                hasContent |= xml.NodeType is XmlNodeType.Text or XmlNodeType.CDATA || (xml.NodeType == XmlNodeType.Element && xml.LocalName == "img");
                if (xml.Depth > ResourceScan.MaxDepth) return "is nested too deeply";
                if (xml.NodeType == XmlNodeType.ProcessingInstruction) return "holds a processing instruction";
                if (xml.NodeType != XmlNodeType.Element) continue;
                if (!Elements.Contains(xml.Name)) return $"holds the element '{xml.Name}'";
                while (xml.MoveToNextAttribute())
                {
                    if (!Attributes.Contains(xml.Name)) return $"holds the attribute '{xml.Name}'";
                    if (xml.Name is "href" or "src" or "cite" or "longdesc" && !IsHarmless(xml.Value)) return $"holds an address in '{xml.Name}' that is not allowed";
                    if (xml.Name == "style" && RunsCode(xml.Value)) return "holds a style that is not allowed";
                }
            }

            return hasContent ? null : "has neither text nor an image (txt-2)";
        }
        catch (XmlException e)
        {
            return $"is not well-formed XHTML at line {e.LineNumber}, position {e.LinePosition}";
        }
    }

    private static bool IsHarmless(string address)
    {
        var text = string.Concat(address.Where(c => c > ' '));
        var colon = text.IndexOf(':');
        if (colon < 0 || text.AsSpan(0, colon).IndexOfAny('/', '#', '?') >= 0) return true;
        return text[..colon].ToLowerInvariant() is "http" or "https" or "ftp" or "mailto" or "tel" or "urn" || text.StartsWith("data:image/", StringComparison.OrdinalIgnoreCase);
    }

    private static bool RunsCode(string style) =>
        style.Contains("expression", StringComparison.OrdinalIgnoreCase) || FetchesForeign(style)
        || style.Contains("javascript", StringComparison.OrdinalIgnoreCase) || style.Contains('\\') || style.Contains("@import", StringComparison.OrdinalIgnoreCase);

    /// <summary>A picture beside the page, or inside the style, tells nobody who reads; another address does.</summary>
    private static bool FetchesForeign(string style)
    {
        for (var at = style.IndexOf("url(", StringComparison.OrdinalIgnoreCase); at >= 0; at = style.IndexOf("url(", at + 4, StringComparison.OrdinalIgnoreCase))
        {
            var end = style.IndexOf(')', at);
            if (end < 0) return true;
            var address = style[(at + 4)..end].Trim(' ', '\'', '"');
            if (!address.StartsWith("data:image/", StringComparison.OrdinalIgnoreCase) && address.AsSpan().IndexOfAny(":/&") >= 0) return true;
        }

        return false;
    }
}
