using System.Xml;

namespace Health.Fhir.Wire.Xml;

/// <summary>A narrative crosses between the formats as its own characters: in JSON it is a string, in XML an element.</summary>
internal static class Narrative
{
    public const string Namespace = "http://www.w3.org/1999/xhtml";

    private static readonly XmlReaderSettings Settings = new() { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null, ConformanceLevel = ConformanceLevel.Document };

    /// <summary>The div as it can stand in an XML document; null when it cannot.</summary>
    public static string? ForXml(string div)
    {
        try
        {
            using var reader = XmlReader.Create(new StringReader(div), Settings);
            if (reader.MoveToContent() != XmlNodeType.Element || reader.LocalName != "div") return null;
            var isDeclared = reader.NamespaceURI == Namespace;
            if (!isDeclared && reader.NamespaceURI.Length > 0) return null;
            while (reader.Read())
                if (reader.Depth > Records.ResourceScan.MaxDepth) return null;
            var root = div.AsSpan().Trim();
            // What stands around the element (a declaration, a comment) has no place inside a resource.
            if (!root.StartsWith("<div") || !root.EndsWith(">") || root.EndsWith("-->") || root.EndsWith("?>")) return null;
            return isDeclared ? div : div.Insert(div.IndexOf("<div", StringComparison.Ordinal) + 4, $" xmlns=\"{Namespace}\"");
        }
        catch (XmlException)
        {
            return null;
        }
    }

    /// <summary>Whether a slice of a document stands on its own: its namespaces are declared inside it.</summary>
    public static bool StandsAlone(ReadOnlySpan<char> slice)
    {
        try
        {
            using var reader = XmlReader.Create(new StringReader(slice.ToString()), Settings);
            if (reader.MoveToContent() != XmlNodeType.Element || reader.NamespaceURI != Namespace || reader.Prefix.Length > 0) return false;
            while (reader.Read())
            {
            }

            return true;
        }
        catch (XmlException)
        {
            return false;
        }
    }
}
