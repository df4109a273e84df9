using System.Text;
using System.Xml;
using Health.Fhir.Records;

namespace Health.Fhir.Wire.Xml;

/// <summary>The document beside its reader: where the reader stands, and the narratives letter by letter.</summary>
internal sealed class SourceText(string text, IXmlLineInfo at)
{
    private int line = 1, start;

    public (int Line, int Position) Place => (at.LineNumber, at.LinePosition);

    /// <summary>The div the reader stands at, as it is written; where its namespace is given by a prefix, written without. The reader is behind it afterwards.</summary>
    public string Div(XmlReader reader, Func<Exception> fail)
    {
        if (reader.LocalName != "div" || reader.NamespaceURI != Narrative.Namespace) throw fail();
        if (reader.Prefix.Length > 0) return WithoutPrefix(reader, fail);
        var open = Offset() - 1;
        if (reader.IsEmptyElement) return reader.ReadOuterXml();
        var depth = reader.Depth;
        while (reader.Read() && reader.Depth > depth)
            if (reader.Depth > ResourceScan.MaxDepth + depth) throw fail();
        var slice = text.AsSpan(open, text.IndexOf('>', Offset()) + 1 - open);
        if (!Narrative.StandsAlone(slice)) throw fail();
        reader.Read();
        return slice.ToString();
    }

    private static string WithoutPrefix(XmlReader reader, Func<Exception> fail)
    {
        var written = new StringBuilder();
        using (var writer = XmlWriter.Create(written, new XmlWriterSettings { OmitXmlDeclaration = true }))
        {
            var open = 0;
            do
            {
                if (open > ResourceScan.MaxDepth) throw fail();
                if (reader.NodeType == XmlNodeType.Element) open += Element(reader, writer, fail);
                else if (reader.NodeType == XmlNodeType.EndElement) open += End(writer);
                else writer.WriteString(reader.Value);
            }
            while (open > 0 && reader.Read());
        }

        reader.Read();
        return written.ToString();
    }

    private static int End(XmlWriter writer)
    {
        writer.WriteFullEndElement();
        return -1;
    }

    private static int Element(XmlReader reader, XmlWriter writer, Func<Exception> fail)
    {
        if (reader.NamespaceURI != Narrative.Namespace) throw fail();
        var isEmpty = reader.IsEmptyElement;
        writer.WriteStartElement(reader.LocalName, Narrative.Namespace);
        while (reader.MoveToNextAttribute())
            if (reader.Prefix != "xmlns" && reader.Name != "xmlns") writer.WriteAttributeString(reader.Name, reader.Value);
        reader.MoveToElement();
        if (isEmpty) writer.WriteEndElement();
        return isEmpty ? 0 : 1;
    }

    private int Offset()
    {
        while (line < at.LineNumber)
        {
            var end = text.AsSpan(start).IndexOfAny('\r', '\n');
            start += end + (text[start + end] == '\r' && start + end + 1 < text.Length && text[start + end + 1] == '\n' ? 2 : 1);
            line++;
        }

        return start + at.LinePosition - 1;
    }
}
