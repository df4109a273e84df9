using System.Text.Json;
using Health.Fhir.FhirPath;
using Health.Fhir.Terminology;

namespace Health.Fhir.Validation;

/// <summary>
/// A StructureDefinition compiled for validation. Its snapshot stands for itself; without one its differential is applied on top of its base profile
/// (conforming to a derived profile is conforming to the base and to the differential). http://hl7.org/fhir/R4/structuredefinition.html
/// </summary>
public sealed class ProfileDefinition
{
    public const string Core = "http://hl7.org/fhir/StructureDefinition/";

    private ProfileDefinition(JsonElement json, string type)
    {
        Url = CodeSystemContent.Text(json, "url") ?? "";
        Type = type;
        Root = new ProfileElement(type, type);
        var hasSnapshot = json.TryGetProperty("snapshot", out var view) && view.TryGetProperty("element", out _);
        if (!hasSnapshot) BaseProfile = CodeSystemContent.Text(json, "baseDefinition") is { } parent && !(parent.StartsWith(Core, StringComparison.Ordinal) && TypeShape.Of(parent[Core.Length..]) is not null) ? parent : null;
        if (!hasSnapshot && !json.TryGetProperty("differential", out view)) return;
        if (!view.TryGetProperty("element", out var elements)) return;
        foreach (var element in elements.EnumerateArray()) Add(element);
    }

    public string Url { get; }
    public string Type { get; }
    public ProfileElement Root { get; }
    public string? BaseProfile { get; }

    /// <summary>The fixed url of an extension's definition is how its slices are told.</summary>
    public bool IsExtension => Type == "Extension";

    /// <returns>null for a definition that is no profile of a type of R4 (a logical model).</returns>
    public static ProfileDefinition? Read(JsonElement json) =>
        CodeSystemContent.Text(json, "type") is { } type && TypeShape.Of(type) is not null ? new ProfileDefinition(json, type) : null;

    private void Add(JsonElement json)
    {
        var id = CodeSystemContent.Text(json, "id");
        var path = CodeSystemContent.Text(json, "path") ?? "";
        var element = Place(id is not null && id.Split('.').Length == path.Split('.').Length ? id : path, CodeSystemContent.Text(json, "sliceName"));
        if (json.TryGetProperty("min", out var min)) element.Min = min.GetInt32();
        if (CodeSystemContent.Text(json, "max") is { } max) element.Max = max == "*" ? -1 : int.TryParse(max, out var number) ? number : null;
        if (json.TryGetProperty("maxLength", out var length)) element.MaxLength = length.GetInt32();
        if (json.TryGetProperty("type", out var types)) element.Types = [.. types.EnumerateArray().Select(type => new ProfileType(CodeSystemContent.Text(type, "code") ?? "", Strings(type, "profile"), Strings(type, "targetProfile")))];
        if (json.TryGetProperty("binding", out var binding)) (element.BindingStrength, element.ValueSet) = (CodeSystemContent.Text(binding, "strength"), CodeSystemContent.Text(binding, "valueSet"));
        if (json.TryGetProperty("slicing", out var slicing)) element.Slicing = SlicingOf(slicing);
        foreach (var member in json.EnumerateObject())
        {
            if (member.Name.StartsWith("fixed", StringComparison.Ordinal)) element.Fixed = member.Value;
            if (member.Name.StartsWith("pattern", StringComparison.Ordinal)) element.Pattern = member.Value;
        }

        if (json.TryGetProperty("constraint", out var constraints)) element.Invariants = [.. constraints.EnumerateArray().Where(IsOwn).Select(Rule)];
    }

    /// <summary>Finds or makes the element of an id such as <c>Patient.identifier:card.system</c> or <c>Observation.value[x]:valueQuantity</c>.</summary>
    private ProfileElement Place(string id, string? sliceName)
    {
        var at = Root;
        var shape = TypeShape.Of(Type);
        var steps = id.Split('.');
        for (var i = 1; i < steps.Length; i++)
        {
            var colon = steps[i].IndexOf(':');
            var (name, slice) = colon < 0 ? (steps[i], null) : (steps[i][..colon], steps[i][(colon + 1)..]);
            if (colon < 0 && i == steps.Length - 1) slice = sliceName;
            name = name.Replace("[x]", "", StringComparison.Ordinal);
            // valueQuantity is short for the slice of value[x] that has this type.
            if (shape?.Element(name) is null && shape?.Member(System.Text.Encoding.UTF8.GetBytes(name)) is { Element.IsChoice: true } member)
            {
                (name, slice) = (member.Element.Name, slice ?? name);
                at = at.Child(name).Slice(slice);
                if (at.Types.Count == 0) at.Types = [new ProfileType(member.Element.Types[member.TypeIndex], [], [])];
            }
            else
            {
                at = at.Child(name);
                if (slice is not null) at = at.Slice(slice);
            }

            shape = shape?.Element(name) is { } element ? (at.Types.Count == 1 ? TypeShape.Of(at.Types[0].Code) : null) is { Kind: TypeKind.Complex } narrowed ? narrowed : element.TypeAt(0) : null;
        }

        return at;
    }

    private bool IsOwn(JsonElement constraint)
    {
        // Rules of the type itself are checked with the type.
        var source = CodeSystemContent.Text(constraint, "source");
        var isBase = source is not null && source.StartsWith(Core, StringComparison.Ordinal) && TypeShape.Of(source[Core.Length..]) is not null;
        var key = CodeSystemContent.Text(constraint, "key") ?? "";
        return !isBase && key is not ("ele-1" or "ext-1" or "dom-2" or "dom-3" or "dom-4" or "dom-5" or "dom-6") && CodeSystemContent.Text(constraint, "expression") is not null
            && TypeShape.Of(Type)?.Invariants.Any(rule => rule.Key == key) != true;
    }

    private static Invariant Rule(JsonElement constraint) => new(
        CodeSystemContent.Text(constraint, "key") ?? "", CodeSystemContent.Text(constraint, "severity") != "warning", CodeSystemContent.Text(constraint, "human") ?? "", CodeSystemContent.Text(constraint, "expression")!);

    private static Slicing SlicingOf(JsonElement json) => new(
        json.TryGetProperty("discriminator", out var list) ? [.. list.EnumerateArray().Select(d => (CodeSystemContent.Text(d, "type") ?? "value", CodeSystemContent.Text(d, "path") ?? "$this"))] : [],
        CodeSystemContent.Text(json, "rules") ?? "open",
        json.TryGetProperty("ordered", out var ordered) && ordered.ValueKind == JsonValueKind.True);

    private static IReadOnlyList<string> Strings(JsonElement json, string name) =>
        json.TryGetProperty(name, out var list) && list.ValueKind == JsonValueKind.Array ? [.. list.EnumerateArray().Where(one => one.ValueKind == JsonValueKind.String).Select(one => one.GetString()!)] : [];
}
