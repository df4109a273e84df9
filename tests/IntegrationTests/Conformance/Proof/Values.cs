using System.Text.Json.Nodes;
using Health.Fhir.Terminology;
using Health.Fhir.Validation;

namespace Health.IntegrationTests.Conformance.Proof;

/// <summary>A value of any type of R4. Another <paramref name="variant"/> is another value: another code, another target, another type of a choice.</summary>
internal sealed class Values(int variant)
{
    public const string Base = "http://proof.example";

    /// <summary>The value of an element, as JSON has it; arrays have one item, those of references one per target (at most six).</summary>
    public JsonNode Of(ElementShape element, int typeIndex, int depth = 0)
    {
        var type = element.Types[typeIndex];
        if (!element.IsArray) return One(element, type, variant, depth);
        if (type == "Reference" && element.Targets is { Length: > 1 } targets) return new JsonArray([.. Enumerable.Range(variant, Math.Min(6, targets.Length)).Select(index => One(element, type, index, depth))]);
        return new JsonArray(One(element, type, variant, depth));
    }

    private JsonNode One(ElementShape element, string type, int which, int depth) => type switch
    {
        "code" or "Coding" or "CodeableConcept" when Code(element, which) is { } code => type switch
        {
            "code" => code.Code,
            "Coding" => Coding(code.System ?? Base, code.Code),
            _ => new JsonObject { ["coding"] = new JsonArray(Coding(code.System ?? Base, code.Code)) },
        },
        "code" => element.RequiredValueSet switch { null => $"code-{variant}", { } set when set.Contains("mimetypes") => "text/plain", { } set when set.Contains("languages") => "en", { } set when set.Contains("currencies") => "CNY", _ => "kg" },
        "Coding" => Coding(Base, $"code-{variant}"),
        "CodeableConcept" => new JsonObject { ["coding"] = new JsonArray(Coding(Base, $"code-{element.Name}-{variant}")), ["text"] = $"text {element.Name}" },
        "Reference" => new JsonObject { ["reference"] = $"{Target(element, which)}/{Instances.Id(Target(element, which), 0)}" },
        _ when char.IsLower(type[0]) => Primitive(type, element.Name),
        _ => Complex(type, depth),
    };

    private static JsonObject Coding(string system, string code) => new() { ["system"] = system, ["code"] = code };

    /// <summary>A code of the required value set; null where none is required or it cannot be enumerated.</summary>
    private static CodeOf? Code(ElementShape element, int which) =>
        element.RequiredValueSet is { } set && CodeLibrary.R4.Expand(set)?.ToList() is { Count: > 0 } codes ? codes[which % codes.Count] : null;

    private static string Target(ElementShape element, int which) => element.Targets is { Length: > 0 } targets && targets[which % targets.Length] is not ("Resource" or "DomainResource") and var target ? target : "Patient";

    private JsonNode Primitive(string type, string name) => type switch
    {
        "boolean" => true,
        "integer" or "positiveInt" or "unsignedInt" => 1 + variant,
        "decimal" => JsonNode.Parse($"{1 + variant}.50")!,
        "date" => $"2024-03-{10 + variant}",
        "dateTime" => $"2024-03-{10 + variant}T08:00:00+08:00",
        "instant" => $"2024-03-{10 + variant}T08:00:00.000+08:00",
        "time" => "08:00:00",
        "uri" or "url" or "canonical" => $"{Base}/{name}/{variant}",
        "oid" => "urn:oid:1.2.3.4",
        "uuid" => "urn:uuid:11111111-1111-4111-8111-111111111111",
        "id" => $"id-{variant}",
        "base64Binary" => "QUJD",
        "xhtml" => "<div xmlns=\"http://www.w3.org/1999/xhtml\">ballad</div>",
        _ => $"Letters {name} {variant}",
    };

    private JsonObject Complex(string type, int depth) => type switch
    {
        "Identifier" => new() { ["system"] = $"{Base}/identifiers", ["value"] = $"I-{variant}" },
        "HumanName" => new() { ["family"] = $"Family{variant}", ["given"] = new JsonArray($"Given{variant}") },
        "Address" => new() { ["use"] = "home", ["line"] = new JsonArray($"Line {variant}"), ["city"] = $"City{variant}", ["state"] = $"State{variant}", ["postalCode"] = $"62100{variant}", ["country"] = "CN" },
        "ContactPoint" => new() { ["system"] = variant % 2 == 0 ? "phone" : "email", ["value"] = $"0816-{variant}" },
        "Quantity" or "Count" => new() { ["value"] = 3 + variant, ["unit"] = "1", ["system"] = "http://unitsofmeasure.org", ["code"] = "1" },
        "Age" or "Duration" => new() { ["value"] = 3 + variant, ["unit"] = "a", ["system"] = "http://unitsofmeasure.org", ["code"] = "a" },
        "Distance" => new() { ["value"] = 3 + variant, ["unit"] = "m", ["system"] = "http://unitsofmeasure.org", ["code"] = "m" },
        "Money" => new() { ["value"] = 12 + variant, ["currency"] = "CNY" },
        "Range" => new() { ["low"] = Complex("Quantity", depth), ["high"] = new JsonObject { ["value"] = 50, ["unit"] = "1", ["system"] = "http://unitsofmeasure.org", ["code"] = "1" } },
        "Ratio" => new() { ["numerator"] = Complex("Quantity", depth), ["denominator"] = Complex("Quantity", depth) },
        "Period" => new() { ["start"] = $"2024-03-{10 + variant}T08:00:00+08:00", ["end"] = $"2024-04-{10 + variant}T08:00:00+08:00" },
        "Timing" => new() { ["event"] = new JsonArray($"2024-03-{10 + variant}T08:00:00+08:00") },
        "Reference" => new() { ["reference"] = $"Patient/{Instances.Id("Patient", 0)}" },
        "Attachment" => new() { ["contentType"] = "text/plain", ["language"] = "en", ["url"] = $"{Base}/attachment/{variant}", ["title"] = "t", ["creation"] = $"2024-03-{10 + variant}T08:00:00+08:00" },
        "TriggerDefinition" => new() { ["type"] = "named-event", ["name"] = "event" },
        "Extension" => new() { ["url"] = $"{Base}/extension", ["valueString"] = "x" },
        "Narrative" => new() { ["status"] = "generated", ["div"] = Primitive("xhtml", "div") },
        "Resource" => new() { ["resourceType"] = "Basic", ["code"] = new JsonObject { ["text"] = "inside" } },
        _ => Backbone(TypeShape.Of(type)!, depth + 1),
    };

    /// <summary>What an element of elements must have, and nothing else.</summary>
    public JsonObject Backbone(TypeShape shape, int depth)
    {
        var all = new JsonObject();
        if (depth > Instances.Depth) return all;
        foreach (var element in shape.Elements.Where(element => element.Min > 0)) Set(all, element, variant % element.Types.Length, depth);
        return all;
    }

    public void Set(JsonObject owner, ElementShape element, int typeIndex, int depth) =>
        owner[Instances.Member(element, typeIndex)] = Of(element, typeIndex, depth);
}
