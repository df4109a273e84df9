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
    private readonly ConcurrentDictionary<(string url, string? version), CodeSystemContent> systems = new();
    private readonly ConcurrentDictionary<string, IReadOnlyList<ExpandedCode>> expansions = new();

    public CodeLibrary(CodeLibrary? inner, IReadOnlyList<ConformanceResource> own)
    {
        (this.inner, this.own) = (inner, own);
        byUrl = own.ToLookup(resource => (resource.Kind, resource.Url));
        Expander = new ValueSetExpander(this);
        Profiles = new ProfileSource(this);
    }

    /// <summary>HL7's definitions and the region's.</summary>
    public static CodeLibrary R4 { get; } = new(null, RegionConformance.All);

    public ValueSetExpander Expander { get; }
    public ProfileSource Profiles { get; }

    /// <summary>Those that are not HL7's.</summary>
    public IEnumerable<ConformanceResource> Own(string kind) => own.Where(resource => resource.Kind == kind).Concat(inner?.Own(kind).Where(resource => !byUrl.Contains((kind, resource.Url))) ?? []);

    /// <summary>The library underneath, where this one has nothing of its own under the canonical URL.</summary>
    public CodeLibrary? Outside(string kind, string canonical) => byUrl.Contains((kind, canonical.Split('|')[0])) ? null : inner;

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
        return Once(systems, (url, version), key => Find("CodeSystem", key.version is null ? key.url : $"{key.url}|{key.version}") is { } json ? CodeSystemContent.Read(json) : null);
    }

    /// <summary>Every code of a value set, of any date; null when it is not known or cannot be enumerated.</summary>
    public IReadOnlyCollection<CodeOf>? Expand(string canonical) => Expanded(canonical) is { } codes ? [.. codes.Select(code => new CodeOf(code.System, code.Code))] : null;

    internal IReadOnlyList<ExpandedCode>? Expanded(string canonical) => Once(expansions, canonical, url => ValueSet(url) is { } json ? Expander.Expand(json).Codes : null);

    /// <summary>
    /// Whether a code is in a value set; <paramref name="system"/> null asks for the code alone. Where the set cannot be enumerated, its parts that are
    /// grammars (UCUM, media types) still decide. null: cannot be said here.
    /// </summary>
    public bool? IsMember(JsonElement valueSet, IReadOnlyList<ExpandedCode>? codes, string? system, string code, DateOnly? at)
    {
        if (codes is not null)
        {
            foreach (var one in codes)
                if ((system is null || one.System == system) && IsSame(one, code) && (at is not { } day || one.Concept?.IsValidOn(day) != false)) return true;
            return false;
        }

        if (!valueSet.TryGetProperty("compose", out var compose) || !compose.TryGetProperty("include", out var parts)) return null;
        bool? answer = false;
        foreach (var part in parts.EnumerateArray())
        {
            var own = CodeSystemContent.Text(part, "system");
            if (own is not null && system is not null && own != system) continue;
            var isWhole = own is not null && !part.TryGetProperty("filter", out _) && !part.TryGetProperty("concept", out _) && !part.TryGetProperty("valueSet", out _);
            var isIn = part.TryGetProperty("concept", out var listed) ? listed.EnumerateArray().Any(c => CodeSystemContent.Text(c, "code") == code)
                : isWhole ? ComputedSystems.IsCode(own!, code) ?? (System(own!, null) is { IsComplete: true } content ? content.Find(code) is not null : null)
                : null;
            if (isIn == true) return true;
            if (isIn is null) answer = null;
        }

        return answer;
    }

    /// <summary>The same by canonical; null when the value set is not known.</summary>
    public bool? IsMember(string canonical, string? system, string code) => ValueSet(canonical) is { } json ? IsMember(json, Expanded(canonical), system, code, null) : null;

    private bool IsSame(ExpandedCode one, string code) => one.Code == code || (System(one.System, null) is { IsCaseSensitive: false } content && content.Find(code)?.Code == one.Code);

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

    /// <summary>Computes a value once; what is not known is not remembered, so that made-up names do not fill the memory.</summary>
    internal static TValue? Once<TKey, TValue>(ConcurrentDictionary<TKey, TValue> known, TKey key, Func<TKey, TValue?> compute) where TKey : notnull where TValue : class
    {
        if (known.TryGetValue(key, out var value)) return value;
        return compute(key) is { } made ? known.GetOrAdd(key, made) : null;
    }

    // 4.0 names 4.0.1: https://hl7.org/fhir/R4/references.html#canonical leaves partial versions open.
    private static bool IsVersion(string? version, string wanted) => version is not null && (version == wanted || version.StartsWith(wanted + ".", StringComparison.Ordinal));
}
