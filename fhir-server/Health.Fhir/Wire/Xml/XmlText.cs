using System.Buffers;
using System.Text;

namespace Health.Fhir.Wire.Xml;

/// <summary>Writes XML as UTF-8 without building it in memory first. Names are FHIR's own and need no check.</summary>
internal sealed class XmlText(IBufferWriter<byte> output, bool indented)
{
    // Attribute values are normalised by readers: a tab or a line break survives as a character reference only.
    private static readonly SearchValues<char> Special = SearchValues.Create(
        "&<>\"\t\n\r\0\u0001\u0002\u0003\u0004\u0005\u0006\u0007\b\u000b\f\u000e\u000f\u0010\u0011\u0012\u0013\u0014\u0015\u0016\u0017\u0018\u0019\u001a\u001b\u001c\u001d\u001e\u001f\uFFFE\uFFFF");

    private int depth;
    private bool isOpen;

    /// <summary>Opens an element; attributes may follow.</summary>
    public void Start(string name)
    {
        CloseStart();
        if (depth > 0) Break();
        Text("<");
        Text(name);
        isOpen = true;
        depth++;
    }

    /// <returns>false when the value holds a character that XML cannot carry.</returns>
    public bool Attribute(string name, ReadOnlySpan<char> value)
    {
        Text(" ");
        Text(name);
        Text("=\"");
        while (value.IndexOfAny(Special) is var at and >= 0)
        {
            Text(value[..at]);
            if (Reference(value[at]) is not { } reference) return false;
            Text(reference);
            value = value[(at + 1)..];
        }

        Text(value);
        Text("\"");
        return true;
    }

    public void End(string name)
    {
        depth--;
        if (isOpen)
        {
            Text("/>");
            isOpen = false;
            return;
        }

        Break();
        Text("</");
        Text(name);
        Text(">");
    }

    /// <summary>XML that is well-formed already.</summary>
    public void Raw(ReadOnlySpan<char> xml)
    {
        CloseStart();
        Break();
        Text(xml);
    }

    private void CloseStart()
    {
        if (isOpen) Text(">");
        isOpen = false;
    }

    private void Break()
    {
        if (!indented) return;
        Text("\n");
        for (var i = 0; i < depth; i++) Text("  ");
    }

    private static string? Reference(char c) => c switch
    {
        '&' => "&amp;",
        '<' => "&lt;",
        '>' => "&gt;",
        '"' => "&quot;",
        '\t' => "&#9;",
        '\n' => "&#10;",
        '\r' => "&#13;",
        _ => null,
    };

    private void Text(ReadOnlySpan<char> text) => Encoding.UTF8.GetBytes(text, output);
}
