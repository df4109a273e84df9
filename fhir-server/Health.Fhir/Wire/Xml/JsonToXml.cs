using System.Buffers;
using System.Text.Json;

namespace Health.Fhir.Wire.Xml;

/// <summary>A resource that has no XML form: an element FHIR does not define, or a character XML cannot carry.</summary>
public sealed class NoXmlFormException(string path, string why) : Exception($"{path} has no XML form: {why}.")
{
    /// <summary>FHIRPath of the place.</summary>
    public string Path => path;
}

/// <summary>
/// Writes FHIR JSON as FHIR XML. http://hl7.org/fhir/R4/xml.html. Elements come in the order of their definitions, decimals keep their digits,
/// narratives their characters. Driven by the definitions, so a resource the server does not understand further passes as well.
/// </summary>
public sealed class JsonToXml
{
    // A Bundle adds four levels to a resource of the greatest depth that is accepted.
    private const int MaxDepth = Records.ResourceScan.MaxDepth + 8;

    private readonly XmlText xml;
    private readonly Stack<string> path = new();

    private readonly record struct Member(WireElement Element, JsonElement Value, JsonElement Beside);

    private JsonToXml(IBufferWriter<byte> output, bool indented) => xml = new XmlText(output, indented);

    /// <exception cref="NoXmlFormException">The JSON is no FHIR.</exception>
    public static void Write(ReadOnlyMemory<byte> json, IBufferWriter<byte> output, bool indented = false)
    {
        using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = MaxDepth });
        new JsonToXml(output, indented).Resource(document.RootElement, isRoot: true);
    }

    private void Resource(JsonElement resource, bool isRoot)
    {
        if (resource.ValueKind != JsonValueKind.Object || !resource.TryGetProperty("resourceType", out var named) || named.ValueKind != JsonValueKind.String) throw None("it is no resource");
        var name = named.GetString()!;
        if (WireSchema.Resource(name) is not { } type) throw None($"{name} is no resource type of FHIR R4");
        if (isRoot) path.Push(name);
        xml.Start(name);
        if (isRoot) Attribute("xmlns", XmlToJson.Namespace);
        Members(type, resource, isResource: true);
        xml.End(name);
        if (isRoot) path.Pop();
    }

    private void Members(WireType type, JsonElement value, bool isResource = false)
    {
        var members = Ordered(type, value, isResource);
        foreach (var member in members)
            if (member.Element.IsAttribute && member.Value.ValueKind == JsonValueKind.String) Attribute(member.Element.Name, member.Value.GetString());
        foreach (var member in members)
        {
            if (member.Element.IsAttribute) continue;
            path.Push(member.Element.Name);
            if (member.Element.Repeats) Repeated(member);
            else One(member.Element, member.Value, member.Beside);
            path.Pop();
        }
    }

    private List<Member> Ordered(WireType type, JsonElement value, bool isResource)
    {
        if (value.ValueKind != JsonValueKind.Object) throw None("it is no object");
        var members = new List<Member>();
        foreach (var property in value.EnumerateObject())
        {
            var name = property.Name;
            if (isResource && name == "resourceType") continue;
            var isBeside = name.StartsWith('_');
            if (!type.Elements.TryGetValue(isBeside ? name[1..] : name, out var element) || (isBeside && element.Kind is WireKind.Complex or WireKind.Resource)) throw None($"{type.Name} has no element {name}");
            var at = members.FindIndex(member => member.Element == element);
            var known = at < 0 ? new Member(element, default, default) : members[at];
            var filled = isBeside ? known with { Beside = property.Value } : known with { Value = property.Value };
            if (at < 0) members.Add(filled);
            else members[at] = filled;
        }

        members.Sort((a, b) => a.Element.Order.CompareTo(b.Element.Order));
        return members;
    }

    private void Repeated(Member member)
    {
        var values = Length(member.Value);
        var besides = Length(member.Beside);
        for (var i = 0; i < Math.Max(values, besides); i++)
            One(member.Element, i < values ? member.Value[i] : default, i < besides ? member.Beside[i] : default);
    }

    private int Length(JsonElement list) => list.ValueKind switch
    {
        JsonValueKind.Undefined => 0,
        JsonValueKind.Array => list.GetArrayLength(),
        _ => throw None("it is no array"),
    };

    private void One(WireElement element, JsonElement value, JsonElement beside)
    {
        switch (element.Kind)
        {
            case WireKind.Complex:
                xml.Start(element.Name);
                Members(element.Type, value);
                xml.End(element.Name);
                break;
            case WireKind.Resource:
                xml.Start(element.Name);
                Resource(value, isRoot: false);
                xml.End(element.Name);
                break;
            case WireKind.Xhtml:
                if (value.ValueKind != JsonValueKind.String) throw None("a narrative is a string");
                xml.Raw(Narrative.ForXml(value.GetString()!) ?? throw None("the narrative is no well-formed XHTML div"));
                break;
            default:
                Primitive(element, value, beside);
                break;
        }
    }

    private void Primitive(WireElement element, JsonElement value, JsonElement beside)
    {
        xml.Start(element.Name);
        var hasBeside = beside.ValueKind == JsonValueKind.Object;
        if (hasBeside && beside.TryGetProperty("id", out var id)) Attribute("id", id.GetString());
        switch (value.ValueKind)
        {
            case JsonValueKind.String when element.Kind == WireKind.Text:
                Attribute("value", value.GetString());
                break;
            case JsonValueKind.Number when element.Kind == WireKind.Number:
            case JsonValueKind.True or JsonValueKind.False when element.Kind == WireKind.Boolean:
                Attribute("value", value.GetRawText());
                break;
            case JsonValueKind.Undefined or JsonValueKind.Null:
                break;
            default:
                throw None($"a {element.TypeName} is not written as {value.ValueKind}");
        }

        if (hasBeside && beside.TryGetProperty("extension", out var extensions))
        {
            path.Push("extension");
            var type = WireSchema.Extension;
            for (var i = 0; i < Length(extensions); i++)
            {
                xml.Start("extension");
                Members(type, extensions[i]);
                xml.End("extension");
            }

            path.Pop();
        }

        xml.End(element.Name);
    }

    private void Attribute(string name, string? value)
    {
        if (!xml.Attribute(name, value)) throw None("it holds a control character");
    }

    private NoXmlFormException None(string why) => new(string.Join('.', path.Reverse()), why);
}
