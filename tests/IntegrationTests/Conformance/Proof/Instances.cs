using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Health.Fhir.Validation;
using Health.Fhir.Wire;

namespace Health.IntegrationTests.Conformance.Proof;

/// <summary>
/// Valid instances of every resource type, made from the definitions: what is mandatory (<see cref="Minimal"/>), and beyond that whatever the
/// search parameters of the type look at, as far as the rules let it stand together (<see cref="Rich"/>).
/// </summary>
internal static partial class Instances
{
    public const int Depth = 6;

    private static readonly HashSet<string> LeftOut = ["id", "meta", "implicitRules", "contained", "extension", "modifierExtension", "language"];

    /// <summary>Types the server acts upon: nothing is added to what is given for them.</summary>
    private static readonly HashSet<string> ActedUpon = ["Subscription"];

    /// <summary>What rules between elements ask for that no single addition satisfies, and what makes the server do something.</summary>
    private static readonly Dictionary<string, string> Given = new()
    {
        ["CapabilityStatement"] = """{"status":"draft","date":"2024-03-10","kind":"requirements","description":"d","fhirVersion":"4.0.1","format":["json"],"rest":[{"mode":"server"}]}""",
        ["Linkage"] = """{"item":[{"type":"source","resource":{"reference":"Patient/proof-Patient-0"}},{"type":"alternate","resource":{"reference":"Patient/proof-Patient-1"}}]}""",
        ["MolecularSequence"] = """{"type":"dna","coordinateSystem":0,"referenceSeq":{"genomeBuild":"GRCh37","chromosome":{"coding":[{"system":"http://proof.example","code":"7"}]},"strand":"watson","windowStart":1,"windowEnd":100}}""",
        ["StructureDefinition"] = """{"url":"http://proof.example/StructureDefinition/s","name":"S","status":"draft","kind":"logical","abstract":false,"type":"http://proof.example/s","baseDefinition":"http://hl7.org/fhir/StructureDefinition/Element","derivation":"specialization","differential":{"element":[{"id":"s","path":"s","definition":"d","min":0,"max":"*"}]}}""",
        // Off, so that its state does not change by itself; the receiver listens on a web socket that nobody opens.
        ["Subscription"] = """{"status":"off","reason":"proof","criteria":"Basic?code=none","channel":{"type":"websocket","payload":"application/fhir+json"}}""",
        // A draft is stored and not taken up by the search.
        ["SearchParameter"] = """{"url":"http://proof.example/SearchParameter/p","name":"P","status":"draft","description":"d","code":"p","base":["Basic"],"type":"string","expression":"Basic.code.text"}""",
    };

    public static string Id(string type, int variant) => $"proof-{type}-{variant}"[..Math.Min(64, $"proof-{type}-{variant}".Length)];

    /// <summary>The smallest valid instance.</summary>
    public static JsonObject Minimal(string type, string id, string tag)
    {
        for (var variant = 0; variant < 12; variant++)
            if (TryMinimal(type, id, tag, variant) is { } made) return made;
        throw new InvalidOperationException($"No valid {type} can be made: {string.Join("; ", Issues(Start(type, id, tag, 0)).Take(5).Select(issue => $"{issue.Expression} {issue.Diagnostics}"))}. Instances.Given takes one by hand.");
    }

    private static JsonObject? TryMinimal(string type, string id, string tag, int variant)
    {
        var made = Start(type, id, tag, variant);
        if (IsValid(made)) return made;
        // A rule such as org-1 asks for one element or another: the first that satisfies it stays.
        foreach (var (owner, element, index) in Places(made, TypeShape.Of(type)!, 0).ToList())
        {
            new Values(variant).Set(owner, element, index, 1);
            if (IsValid(made)) return made;
            owner.Remove(Member(element, index));
        }

        return null;
    }

    private static JsonObject Start(string type, string id, string tag, int variant)
    {
        var made = new JsonObject { ["resourceType"] = type, ["id"] = id, ["meta"] = new JsonObject { ["tag"] = new JsonArray(new JsonObject { ["system"] = Values.Base, ["code"] = tag }) } };
        var content = Given.TryGetValue(type, out var given) ? JsonNode.Parse(given)!.AsObject() : new Values(variant).Backbone(TypeShape.Of(type)!, 0);
        foreach (var (name, value) in content.ToList())
        {
            content.Remove(name);
            made[name] = value;
        }

        return made;
    }

    /// <summary>An instance that also has what the expressions look at.</summary>
    public static JsonObject Rich(string type, int variant, IEnumerable<string> expressions)
    {
        var made = Minimal(type, Id(type, variant), $"tag-{variant}");
        var meta = made["meta"]!.AsObject();
        meta["profile"] = new JsonArray($"{Values.Base}/profile/{variant}");
        meta["security"] = new JsonArray(new JsonObject { ["system"] = Values.Base, ["code"] = $"label-{variant}" });
        meta["source"] = $"{Values.Base}/source/{variant}";
        if (TypeShape.Of(type)!.IsDomainResource) made["text"] = new JsonObject { ["status"] = "generated", ["div"] = "<div xmlns=\"http://www.w3.org/1999/xhtml\">ballad</div>" };
        if (!ActedUpon.Contains(type)) Enrich(made, made, TypeShape.Of(type)!, variant, expressions.SelectMany(expression => Word().Matches(expression).Select(word => word.Value)).ToHashSet(), 0);
        return made;
    }

    private static void Enrich(JsonObject root, JsonObject owner, TypeShape shape, int variant, HashSet<string> wanted, int depth)
    {
        foreach (var element in shape.Elements.Where(element => wanted.Contains(element.Name) && !LeftOut.Contains(element.Name)))
        {
            if (!Enumerable.Range(0, element.Types.Length).Any(index => owner.ContainsKey(Member(element, index)))) Add(root, owner, element, variant);
            for (var index = 0; index < element.Types.Length; index++)
            {
                if (depth == Depth || owner[Member(element, index)] is not { } node || TypeShape.Of(element.Types[index]) is not { Kind: TypeKind.Backbone or TypeKind.Complex } inner) continue;
                if (inner.Name is "Identifier" or "Reference" or "CodeableConcept" or "Coding" or "Extension") continue;
                if ((node is JsonArray array ? array[0] : node) is JsonObject inside) Enrich(root, inside, inner, variant, wanted, depth + 1);
            }
        }
    }

    private static void Add(JsonObject root, JsonObject owner, ElementShape element, int variant)
    {
        for (var i = 0; i < element.Types.Length; i++)
        {
            var index = (variant + i) % element.Types.Length;
            new Values(variant).Set(owner, element, index, 1);
            if (IsValid(root)) return;
            owner.Remove(Member(element, index));
        }
    }

    /// <summary>Where something can be added: the elements of the resource, then those of its parts.</summary>
    private static IEnumerable<(JsonObject Owner, ElementShape Element, int Index)> Places(JsonObject owner, TypeShape shape, int depth)
    {
        foreach (var element in shape.Elements.Where(element => !LeftOut.Contains(element.Name)))
            for (var index = 0; index < element.Types.Length; index++)
                if (!owner.ContainsKey(Member(element, index)) && (!element.IsChoice || index < 20)) yield return (owner, element, index);
        if (depth == 2) yield break;
        foreach (var element in shape.Elements)
        {
            if (TypeShape.Of(element.Types[0]) is not { Kind: TypeKind.Backbone } inner) continue;
            if ((owner[element.Name] is JsonArray array ? array[0] : owner[element.Name]) is not JsonObject inside) continue;
            foreach (var place in Places(inside, inner, depth + 1)) yield return place;
        }
    }

    public static string Member(ElementShape element, int index) =>
        element.IsChoice ? element.Name + char.ToUpperInvariant(element.Types[index][0]) + element.Types[index][1..] : element.Name;

    private static bool IsValid(JsonObject made) => Issues(made).Count == 0;

    private static IReadOnlyList<Health.Contracts.Refusal> Issues(JsonObject made) => ResourceCheck.TryRead(JsonSerializer.SerializeToUtf8Bytes(made), (string?)made["resourceType"], out _);

    [GeneratedRegex(@"\w+")]
    private static partial Regex Word();
}
