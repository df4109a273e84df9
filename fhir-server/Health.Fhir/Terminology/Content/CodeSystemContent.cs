using System.Text.Json;

namespace Health.Fhir.Terminology;

/// <summary>A CodeSystem with its concepts by code. http://hl7.org/fhir/R4/codesystem.html</summary>
public sealed class CodeSystemContent
{
    private const int MaxConcepts = 200_000;
    private readonly Dictionary<string, Concept> byCode;
    private readonly List<Concept> all = [];

    private CodeSystemContent(JsonElement resource)
    {
        Url = Text(resource, "url") ?? "";
        Version = Text(resource, "version");
        Name = Text(resource, "title") ?? Text(resource, "name") ?? Url;
        Language = Text(resource, "language");
        IsComplete = Text(resource, "content") is "complete" or "fragment" or "example";
        IsCaseSensitive = resource.TryGetProperty("caseSensitive", out var sensitive) && sensitive.ValueKind == JsonValueKind.True;
        byCode = new Dictionary<string, Concept>(IsCaseSensitive || Text(resource, "url") is { } url && url.StartsWith("http://hl7.org/fhir/", StringComparison.Ordinal) ? StringComparer.Ordinal : StringComparer.OrdinalIgnoreCase);
        Add(resource, null);
        Link();
    }

    public string Url { get; }
    public string? Version { get; }
    public string Name { get; }
    public string? Language { get; }

    /// <summary>Whether it holds concepts at all.</summary>
    public bool IsComplete { get; }
    public bool IsCaseSensitive { get; }
    public IReadOnlyList<Concept> Concepts => all;

    public static CodeSystemContent Read(JsonElement resource) => new(resource);

    public Concept? Find(string code) => byCode.GetValueOrDefault(code);

    /// <summary>The concept and everything under it.</summary>
    public static IReadOnlyCollection<Concept> Below(Concept concept) => Closure(concept, one => one.Children);

    /// <summary>The concept and everything above it.</summary>
    public static IReadOnlyCollection<Concept> Above(Concept concept) => Closure(concept, one => one.Parents);

    private static HashSet<Concept> Closure(Concept from, Func<Concept, List<Concept>> next)
    {
        HashSet<Concept> found = [from];
        Stack<Concept> open = new([from]);
        while (open.TryPop(out var concept))
            foreach (var other in next(concept))
                if (found.Add(other)) open.Push(other);
        return found;
    }

    private void Add(JsonElement owner, Concept? parent)
    {
        if (!owner.TryGetProperty("concept", out var list) || list.ValueKind != JsonValueKind.Array) return;
        foreach (var json in list.EnumerateArray())
        {
            if (Text(json, "code") is not { } code) continue;
            if (all.Count == MaxConcepts) throw new InvalidOperationException($"The code system {Url} has more than {MaxConcepts} concepts.");
            var concept = new Concept { Code = code, Display = Text(json, "display"), Definition = Text(json, "definition"), Designations = DesignationsOf(json), Properties = PropertiesOf(json) };
            if (!byCode.TryAdd(code, concept)) continue;
            all.Add(concept);
            if (parent is not null) Link(parent, concept);
            Add(json, concept);
        }
    }

    // A hierarchy is written by nesting, or as properties.
    private void Link()
    {
        foreach (var concept in all)
        {
            foreach (var property in concept.Properties)
            {
                if (property.Code is "parent" or "subsumedBy" && Find(property.Value) is { } parent) Link(parent, concept);
                if (property.Code is "child" && Find(property.Value) is { } child) Link(concept, child);
            }
        }
    }

    private static void Link(Concept parent, Concept child)
    {
        if (parent.Children.Contains(child)) return;
        parent.Children.Add(child);
        child.Parents.Add(parent);
    }

    internal static IReadOnlyList<Designation> DesignationsOf(JsonElement json)
    {
        if (!json.TryGetProperty("designation", out var list)) return [];
        return [.. list.EnumerateArray().Where(d => Text(d, "value") is not null).Select(d =>
        {
            var use = d.TryGetProperty("use", out var coding) ? coding : default;
            return new Designation(Text(d, "language"), Text(use, "system"), Text(use, "code"), Text(d, "value")!);
        })];
    }

    private static IReadOnlyList<ConceptProperty> PropertiesOf(JsonElement json)
    {
        if (!json.TryGetProperty("property", out var list)) return [];
        List<ConceptProperty> found = [];
        foreach (var property in list.EnumerateArray())
        {
            foreach (var value in property.EnumerateObject())
            {
                if (!value.Name.StartsWith("value", StringComparison.Ordinal) || Text(property, "code") is not { } code) continue;
                var kind = value.Name[5..];
                if (kind == "Coding") found.Add(new ConceptProperty(code, kind, Text(value.Value, "code") ?? "", Text(value.Value, "system")));
                else found.Add(new ConceptProperty(code, kind, value.Value.ValueKind == JsonValueKind.String ? value.Value.GetString()! : value.Value.GetRawText()));
            }
        }

        return found;
    }

    internal static string? Text(JsonElement json, string name) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
