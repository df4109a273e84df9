using System.Collections.Concurrent;
using System.Text.Json;
using Health.Fhir.Validation;

namespace Health.Fhir.Terminology;

/// <summary>A conformance resource that is stored on this server, or comes with the region.</summary>
public sealed record ConformanceResource(string Kind, string Id, JsonElement Json)
{
    public string Url { get; } = CodeSystemContent.Text(Json, "url") ?? "";
    public string? Version { get; } = CodeSystemContent.Text(Json, "version");
}

/// <summary>
/// Code systems, value sets, concept maps and profiles by their canonical URL: HL7's own, the region's, and those stored on this server
/// (which come first). Immutable; what was opened or expanded once is kept.
/// </summary>
public sealed class CodeLibrary
{
    private readonly CodeLibrary? inner;
    private readonly IReadOnlyList<ConformanceResource> own;
    private readonly ILookup<(string Kind, string Url), ConformanceResource> byUrl;
    private readonly ConcurrentDictionary<(string Kind, string Url), JsonElement?> opened = new();
    private readonly ConcurrentDictionary<(string Url, string? Version), CodeSystemContent?> systems = new();
    private readonly ConcurrentDictionary<string, IReadOnlyList<ExpandedCode>?> expansions = new();

    public CodeLibrary(CodeLibrary? inner, IReadOnlyList<ConformanceResource> own)
    {
        (this.inner, this.own) = (inner, own);
        byUrl = own.ToLookup(resource => (resource.Kind, resource.Url));
        Expander = new ValueSetExpander(this);
    }

    /// <summary>HL7's definitions and the region's.</summary>
    public static CodeLibrary R4 { get; } = new(null, RegionConformance.All);

    public ValueSetExpander Expander { get; }

    /// <summary>Those that are not HL7's.</summary>
    public IEnumerable<ConformanceResource> Own(string kind) => own.Where(resource => resource.Kind == kind).Concat(inner?.Own(kind).Where(resource => !byUrl.Contains((kind, resource.Url))) ?? []);

    /// <summary>By canonical URL, optionally <c>|version</c>; the latest version when none is named.</summary>
    public JsonElement? Find(string kind, string canonical)
    {
        var bar = canonical.IndexOf('|');
        var (url, version) = bar < 0 ? (canonical, null) : (canonical[..bar], canonical[(bar + 1)..]);
        var mine = byUrl[(kind, url)].Where(resource => version is null || IsVersion(resource.Version, version)).MaxBy(resource => resource.Version, StringComparer.Ordinal);
        if (mine is not null) return mine.Json;
        if (inner is not null) return inner.Find(kind, canonical);
        if (DefinitionPack.R4.Find(kind, url) is not { } entry || (version is not null && !IsVersion(entry.Version, version))) return null;
        return Open(entry);
    }

    public JsonElement? FindById(string kind, string id)
    {
        if (own.FirstOrDefault(resource => resource.Kind == kind && resource.Id == id) is { } mine) return mine.Json;
        if (inner is not null) return inner.FindById(kind, id);
        return DefinitionPack.R4.FindById(kind, id) is { } entry ? Open(entry) : null;
    }

    public JsonElement? ValueSet(string canonical)
    {
        if (Find("ValueSet", canonical) is { } found) return found;
        // http://hl7.org/fhir/R4/valueset.html: the value set of all codes of a system.
        if (!canonical.EndsWith("?fhir_vs", StringComparison.Ordinal)) return null;
        var system = canonical[..^"?fhir_vs".Length];
        return System(system, null) is null ? null : JsonSerializer.SerializeToElement(new { resourceType = "ValueSet", url = canonical, status = "active", compose = new { include = new[] { new { system } } } });
    }

    public CodeSystemContent? System(string url, string? version)
    {
        if (inner is not null && !byUrl.Contains(("CodeSystem", url))) return inner.System(url, version);
        return systems.GetOrAdd((url, version), key => Find("CodeSystem", key.Version is null ? key.Url : $"{key.Url}|{key.Version}") is { } json ? CodeSystemContent.Read(json) : null);
    }

    /// <summary>Every code of a value set, of any date; null when it is not known or cannot be enumerated.</summary>
    public IReadOnlyCollection<CodeOf>? Expand(string canonical) => Expanded(canonical) is { } codes ? [.. codes.Select(code => new CodeOf(code.System, code.Code))] : null;

    internal IReadOnlyList<ExpandedCode>? Expanded(string canonical) => expansions.GetOrAdd(canonical, url => ValueSet(url) is { } json ? Expander.Expand(json).Codes : null);

    /// <summary>Concept maps whose source and target may be these; null for any.</summary>
    public IEnumerable<JsonElement> ConceptMaps()
    {
        foreach (var resource in own.Where(resource => resource.Kind == "ConceptMap")) yield return resource.Json;
        if (inner is not null) foreach (var json in inner.ConceptMaps()) yield return json;
        else foreach (var entry in DefinitionPack.R4.All("ConceptMap")) yield return Open(entry);
    }

    private JsonElement Open(PackEntry entry) => opened.GetOrAdd((entry.Kind, entry.Name), _ =>
    {
        using var json = JsonDocument.Parse(DefinitionPack.R4.Open(entry));
        return json.RootElement.Clone();
    })!.Value;

    // 4.0 names 4.0.1: https://hl7.org/fhir/R4/references.html#canonical leaves partial versions open.
    private static bool IsVersion(string? version, string wanted) => version is not null && (version == wanted || version.StartsWith(wanted + ".", StringComparison.Ordinal));
}
