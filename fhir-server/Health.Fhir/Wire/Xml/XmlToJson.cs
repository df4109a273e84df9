using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Xml;
using Health.Contracts;
using Health.Fhir.Records;

namespace Health.Fhir.Wire.Xml;

/// <summary>
/// Reads FHIR XML into FHIR JSON. http://hl7.org/fhir/R4/xml.html. No DTD, no entity, bounded in depth, elements and attributes; an error
/// names its line, its position and the FHIRPath of the element. Elements may come in any order, but those of one name stand together.
/// </summary>
public sealed class XmlToJson
{
    public const string Namespace = "http://hl7.org/fhir";
    private const int MaxAttributes = 64;
    private static readonly JsonWriterOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private sealed class Failed(Refusal refusal) : Exception
    {
        public Refusal Refusal => refusal;
    }

    private readonly XmlReader reader;
    private readonly SourceText source;
    private readonly List<(string Name, int Index)> path = [];
    private readonly int maxElements;
    private Utf8JsonWriter json;
    private int elements, nesting;

    private XmlToJson(XmlReader reader, string text, Utf8JsonWriter json, int maxElements)
    {
        this.reader = reader;
        this.json = json;
        this.maxElements = maxElements;
        source = new SourceText(text, (IXmlLineInfo)reader);
    }

    /// <summary>The resource as UTF-8 JSON, or what is wrong with the XML and where.</summary>
    public static (byte[] Json, Refusal? Refusal) Convert(ReadOnlySpan<byte> xml, int maxElements = ResourceScan.MaxBundleElements)
    {
        if (Decode(xml, out var text) is { } unreadable) return ([], unreadable);
        var settings = new XmlReaderSettings
        {
            DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null, IgnoreComments = true, IgnoreProcessingInstructions = true, MaxCharactersInDocument = text.Length + 1, CloseInput = true,
        };
        var buffer = new ArrayBufferWriter<byte>(xml.Length + 1);
        using var reader = XmlReader.Create(new StringReader(text), settings);
        using var json = new Utf8JsonWriter(buffer, Readable);
        try
        {
            new XmlToJson(reader, text, json, maxElements).Document();
        }
        catch (Failed e)
        {
            return ([], e.Refusal);
        }
        catch (XmlException e)
        {
            // The parser's own words would repeat the document type or an entity's name: only the place is said.
            return ([], Refusal.Invalid($"The body is not well-formed XML at line {e.LineNumber}, position {e.LinePosition}; a document type declaration and entities of one's own are refused."));
        }

        json.Flush();
        return (buffer.WrittenSpan.ToArray(), null);
    }

    private static Refusal? Decode(ReadOnlySpan<byte> xml, out string text)
    {
        text = "";
        try
        {
            var isUtf16 = xml.StartsWith([(byte)0xFF, (byte)0xFE]) || xml.StartsWith([(byte)0xFE, (byte)0xFF]);
            if (isUtf16) return Refusal.Invalid("XML is sent here in UTF-8.");
            text = Strict.GetString(xml.StartsWith(Encoding.UTF8.Preamble) ? xml[3..] : xml);
        }
        catch (DecoderFallbackException e)
        {
            return Refusal.Invalid(string.Create(CultureInfo.InvariantCulture, $"The body is not valid UTF-8 at byte {e.Index}."));
        }

        if (!text.StartsWith("<?xml", StringComparison.Ordinal)) return null;
        var declaration = text.AsSpan(0, Math.Max(0, text.IndexOf("?>", StringComparison.Ordinal)));
        var encoding = declaration.IndexOf("encoding");
        return encoding < 0 || declaration[encoding..].Contains("utf-8", StringComparison.OrdinalIgnoreCase) ? null : Refusal.Invalid("XML is sent here in UTF-8; the XML declaration names another encoding.");
    }

    private void Document()
    {
        if (reader.MoveToContent() != XmlNodeType.Element) throw Fail("The body holds no element");
        Resource(isRoot: true);
        while (!reader.EOF) reader.Read();
    }

    // Every method below starts at its element and ends behind it.
    private void Resource(bool isRoot)
    {
        CheckElement();
        var name = reader.LocalName;
        if (WireSchema.Resource(name) is not { } type) throw Fail($"{name} is no resource type of FHIR R4");
        if (isRoot) path.Add((name, -1));
        Open();
        json.WriteStartObject();
        json.WriteString("resourceType", name);
        Object(type);
        json.WriteEndObject();
        nesting--;
        if (isRoot) path.RemoveAt(path.Count - 1);
    }

    private void Object(WireType type)
    {
        var isEmpty = reader.IsEmptyElement;
        Attributes(type, (name, value) => json.WriteString(name, value));
        reader.Read();
        if (isEmpty) return;
        var seen = new HashSet<string>();
        while (ToElement())
        {
            CheckElement();
            var name = reader.LocalName;
            if (!type.Elements.TryGetValue(name, out var element) || element.IsAttribute) throw Fail($"{type.Name} has no element {name}");
            if (!seen.Add(name)) throw Fail(element.Repeats ? $"The elements {name} do not stand together" : $"The element {name} occurs more than once");
            path.Add((name, element.Repeats ? 0 : -1));
            if (!element.Repeats) One(element);
            else if (element.Kind is WireKind.Complex or WireKind.Resource) RepeatedObjects(element);
            else RepeatedPrimitives(element);
            path.RemoveAt(path.Count - 1);
        }

        reader.Read();
    }

    private void One(WireElement element)
    {
        if (element.Kind is WireKind.Complex or WireKind.Resource or WireKind.Xhtml)
        {
            json.WritePropertyName(element.Name);
            Value(element);
            return;
        }

        var (value, beside) = Primitive(element);
        if (value is not null)
        {
            json.WritePropertyName(element.Name);
            WriteValue(element, value);
        }

        if (beside.IsEmpty) return;
        json.WritePropertyName("_" + element.Name);
        json.WriteRawValue(beside.Span, skipInputValidation: true);
    }

    private void Value(WireElement element)
    {
        switch (element.Kind)
        {
            case WireKind.Xhtml:
                json.WriteStringValue(source.Div(reader, () => Fail("A narrative is a div of XHTML")));
                break;
            case WireKind.Resource:
                ResourceWithin();
                break;
            default:
                Open();
                json.WriteStartObject();
                Object(element.Type);
                json.WriteEndObject();
                nesting--;
                break;
        }
    }

    private void ResourceWithin()
    {
        if (reader.IsEmptyElement) throw Fail("A resource is missing here");
        Attributes(WireType.None, (_, _) => { });
        reader.Read();
        if (!ToElement()) throw Fail("A resource is missing here");
        Resource(isRoot: false);
        if (ToElement()) throw Fail("One resource is enough here");
        reader.Read();
    }

    private void RepeatedObjects(WireElement element)
    {
        json.WriteStartArray(element.Name);
        do
        {
            CheckElement();
            Value(element);
            NextOfRun();
        }
        while (ToElement() && reader.LocalName == element.Name);
        json.WriteEndArray();
    }

    private void RepeatedPrimitives(WireElement element)
    {
        var values = new List<string?>();
        var besides = new List<ReadOnlyMemory<byte>>();
        do
        {
            CheckElement();
            var (value, beside) = Primitive(element);
            values.Add(value);
            besides.Add(beside);
            NextOfRun();
        }
        while (ToElement() && reader.LocalName == element.Name);
        if (values.Exists(value => value is not null))
        {
            json.WriteStartArray(element.Name);
            foreach (var value in values) WriteValue(element, value);
            json.WriteEndArray();
        }

        if (!besides.Exists(beside => !beside.IsEmpty)) return;
        json.WriteStartArray("_" + element.Name);
        foreach (var beside in besides)
            if (beside.IsEmpty) json.WriteNullValue();
            else json.WriteRawValue(beside.Span, skipInputValidation: true);
        json.WriteEndArray();
    }

    /// <summary>The value, and the JSON of id and extensions beside it (empty when there are none).</summary>
    private (string? Value, ReadOnlyMemory<byte> Beside) Primitive(WireElement element)
    {
        string? value = null, id = null;
        var isEmpty = reader.IsEmptyElement;
        Attributes(null, (name, text) =>
        {
            if (name == "value") value = Checked(element, text);
            else if (name == "id") id = text;
            else throw Fail($"A {element.TypeName} has no attribute {name}");
        });
        reader.Read();
        var hasExtension = !isEmpty && ToElement();
        if (!hasExtension && !isEmpty) reader.Read();
        if (id is null && !hasExtension) return value is null ? throw Fail($"The element {element.Name} has neither value nor extension") : (value, default);
        var outer = json;
        var buffer = new ArrayBufferWriter<byte>();
        using var inner = new Utf8JsonWriter(buffer, Readable);
        json = inner;
        json.WriteStartObject();
        if (id is not null) json.WriteString("id", id);
        if (hasExtension) Extensions();
        json.WriteEndObject();
        json.Flush();
        json = outer;
        return (value, buffer.WrittenMemory);
    }

    private void Extensions()
    {
        var extension = WireSchema.Extension;
        path.Add(("extension", 0));
        json.WriteStartArray("extension");
        do
        {
            CheckElement();
            if (reader.LocalName != "extension") throw Fail($"Inside a primitive stand only extensions, not {reader.LocalName}");
            Open();
            json.WriteStartObject();
            Object(extension);
            json.WriteEndObject();
            nesting--;
            NextOfRun();
        }
        while (ToElement());
        json.WriteEndArray();
        path.RemoveAt(path.Count - 1);
        reader.Read();
    }

    private void WriteValue(WireElement element, string? value)
    {
        if (value is null) json.WriteNullValue();
        else if (element.Kind == WireKind.Text) json.WriteStringValue(value);
        else json.WriteRawValue(value, skipInputValidation: true);
    }

    private string Checked(WireElement element, string text)
    {
        var isGood = element.Kind switch
        {
            WireKind.Boolean => text is "true" or "false",
            WireKind.Number => JsonNumber.IsOne(text),
            _ => true,
        };
        return isGood ? text : throw Fail($"This is no {element.TypeName}");
    }

    private void Attributes(WireType? type, Action<string, string> take)
    {
        if (reader.AttributeCount > MaxAttributes) throw Fail($"An element has at most {MaxAttributes} attributes");
        while (reader.MoveToNextAttribute())
        {
            if (reader.Prefix == "xmlns" || reader.Name == "xmlns" || reader.NamespaceURI == "http://www.w3.org/2001/XMLSchema-instance") continue;
            var name = reader.Name;
            if (type is not null && (!type.Elements.TryGetValue(name, out var element) || !element.IsAttribute)) throw Fail($"{(type.Name.Length > 0 ? type.Name : "This element")} has no attribute {name}");
            take(name, reader.Value);
        }

        reader.MoveToElement();
    }

    /// <summary>Moves to the next element or to the end of the parent; text in between is refused.</summary>
    private bool ToElement()
    {
        while (true)
        {
            switch (reader.NodeType)
            {
                case XmlNodeType.Element:
                    return true;
                case XmlNodeType.EndElement:
                    return false;
                case XmlNodeType.Whitespace or XmlNodeType.SignificantWhitespace:
                    if (!reader.Read()) throw Fail("The document ends too early");
                    break;
                default:
                    throw Fail("Text stands between elements; values are in the attribute value");
            }
        }
    }

    private void CheckElement()
    {
        if (++elements > maxElements) throw new Failed(Refusal.TooCostly($"The body has more than {maxElements} elements."));
        if (reader.Depth > ResourceScan.MaxDepth) throw Fail($"The body is nested more than {ResourceScan.MaxDepth} deep");
        if (reader.NamespaceURI != Namespace && !(reader.NamespaceURI == Narrative.Namespace && reader.LocalName == "div"))
            throw Fail($"The element {reader.LocalName} is not in the namespace {Namespace}");
    }

    // An object of JSON costs a level, and so does the array around it.
    private void Open()
    {
        if (++nesting > ResourceScan.MaxDepth / 2) throw Fail($"The body is nested more than {ResourceScan.MaxDepth / 2} objects deep");
    }

    private void NextOfRun() => path[^1] = (path[^1].Name, path[^1].Index + 1);

    private Failed Fail(string what)
    {
        var (line, position) = source.Place;
        return new Failed(Refusal.Invalid($"{what}: line {line}, position {position}.", path.Count == 0 ? null : string.Join('.', path.Select(step => step.Index < 0 ? step.Name : $"{step.Name}[{step.Index}]"))));
    }
}
