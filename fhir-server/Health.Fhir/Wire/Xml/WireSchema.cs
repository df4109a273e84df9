using System.Collections.Frozen;
using System.Text.Json;

namespace Health.Fhir.Wire.Xml;

/// <summary>How the value of an element is written.</summary>
public enum WireKind
{
    Text,
    Number,
    Boolean,
    Xhtml,
    /// <summary>An object of <see cref="WireElement.Type"/>.</summary>
    Complex,
    /// <summary>A whole resource of any type.</summary>
    Resource,
}

/// <param name="Order">Place among the elements of its type, as XML wants them.</param>
/// <param name="Name">The JSON name: of a choice with its type, <c>valueString</c>.</param>
public sealed record WireElement(int Order, string Name, WireKind Kind, string TypeName, bool Repeats, bool IsAttribute)
{
    /// <summary>Type of a complex element.</summary>
    public WireType Type { get; internal set; } = WireType.None;
}

/// <summary>The elements of a resource, a datatype or a backbone element.</summary>
public sealed record WireType(string Name, FrozenDictionary<string, WireElement> Elements)
{
    public static readonly WireType None = new("", FrozenDictionary<string, WireElement>.Empty);
}

/// <summary>What JSON does not say and XML needs, compiled from HL7's definitions (conformance/definitions/wire.mjs).</summary>
public static class WireSchema
{
    private static readonly Lazy<FrozenDictionary<string, WireType>> Types = new(Load);

    public static WireType Extension => Types.Value["Extension"];

    // Messages and abstract types are resources on the wire even where the server stores none.
    public static WireType? Resource(string name) => name == "Parameters" || ResourceTypes.IsKnown(name) ? Types.Value.GetValueOrDefault(name) : null;

    private static FrozenDictionary<string, WireType> Load()
    {
        using var stream = typeof(WireSchema).Assembly.GetManifestResourceStream("fhir-r4-wire.json")
            ?? throw new InvalidOperationException("The order of FHIR's elements is not embedded in this build (conformance/definitions).");
        var compiled = JsonSerializer.Deserialize<Dictionary<string, string[]>>(stream)!;
        var types = compiled.ToFrozenDictionary(type => type.Key, type => new WireType(type.Key, Elements(type.Value).ToFrozenDictionary(element => element.Name)));
        foreach (var element in types.Values.SelectMany(type => type.Elements.Values))
            if (element.Kind == WireKind.Complex) element.Type = types[element.TypeName];
        return types;
    }

    // "deceased[x]:boolean|dateTime", "name:HumanName*", "id:string@"
    private static IEnumerable<WireElement> Elements(string[] lines)
    {
        for (var order = 0; order < lines.Length; order++)
        {
            var colon = lines[order].IndexOf(':');
            var (name, rest) = (lines[order][..colon], lines[order][(colon + 1)..]);
            var isAttribute = rest.EndsWith('@');
            var repeats = rest.TrimEnd('@').EndsWith('*');
            foreach (var type in rest.TrimEnd('@', '*').Split('|'))
            {
                var full = name.EndsWith("[x]", StringComparison.Ordinal) ? $"{name[..^3]}{char.ToUpperInvariant(type[0])}{type[1..]}" : name;
                yield return new WireElement(order, full, Kind(type), type, repeats, isAttribute);
            }
        }
    }

    private static WireKind Kind(string type) => type switch
    {
        "boolean" => WireKind.Boolean,
        "decimal" or "integer" or "positiveInt" or "unsignedInt" => WireKind.Number,
        "xhtml" => WireKind.Xhtml,
        "Resource" => WireKind.Resource,
        _ when ResourceTypes.IsKnown(type) => WireKind.Resource,
        _ => char.IsAsciiLetterUpper(type[0]) ? WireKind.Complex : WireKind.Text,
    };
}
