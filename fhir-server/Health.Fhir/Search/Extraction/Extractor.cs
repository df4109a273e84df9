using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Health.Contracts;

namespace Health.Fhir.Search;

/// <summary>
/// Finds every value a resource can be searched by: one pass of the type's compiled paths over its JSON. What a parameter's expression
/// needs beyond the path language is listed in <see cref="Unsupported"/> and refused in queries.
/// </summary>
public sealed class Extractor(ExtractionSettings settings, ParameterCatalogue? catalogue = null)
{
    private readonly ParameterCatalogue catalogue = catalogue ?? new ParameterCatalogue();
    private readonly PathCompiler compiler = new(FhirDefinitions.R4);
    private volatile Compiled? compiled;

    private sealed record Compiled(object Version, ConcurrentDictionary<string, TypePlan> Plans);

    public ExtractionSettings Settings => settings;

    public ParameterCatalogue Catalogue => catalogue;

    /// <summary>True when queries may use the parameter on this type.</summary>
    public bool Supports(string resourceType, string code) => code switch
    {
        // Answered by the row of the resource itself.
        "_id" or "_lastUpdated" => true,
        "_text" => settings.TextTypes.Contains(resourceType),
        "_content" => settings.ContentTypes.Contains(resourceType),
        _ => PlanOf(resourceType).Codes.Contains(code),
    };

    /// <summary>The parameter a query names, or why it cannot be used: unknown, or not indexed yet.</summary>
    public bool TryFind(string resourceType, string code, [NotNullWhen(true)] out SearchParameter? parameter, out Refusal? refusal)
    {
        refusal = null;
        if (catalogue.ParametersOf(resourceType).TryGetValue(code, out parameter) && Supports(resourceType, code))
        {
            if (catalogue.CustomOf(resourceType, code) is not { IsReady: false } custom) return true;
            refusal = new Refusal(503, "transient", $"The search parameter '{code}' of {resourceType} is being indexed: {custom.Done} of {custom.Of} resources are done. An answer now would not be whole.", code);
            return false;
        }
        var known = SupportedOf(resourceType).Select(p => p.Code).ToList();
        refusal = Refusal.NotSupported($"The search parameter '{code}' is not supported on {resourceType}{CriterionParser.DidYouMean(code, known)}. Supported: {string.Join(", ", known)}.", code);
        return false;
    }

    /// <summary>The parameters that queries may use on a type, by code.</summary>
    public IEnumerable<SearchParameter> SupportedOf(string resourceType) =>
        FhirDefinitions.R4.ResourceTypes.Contains(resourceType)
            ? catalogue.ParametersOf(resourceType).Values.Where(p => Supports(resourceType, p.Code)).OrderBy(p => p.Code, StringComparer.Ordinal)
            : [];

    /// <summary>Codes of the parameters of a type that cannot be searched.</summary>
    public IReadOnlyList<string> Unsupported(string resourceType) =>
        [.. catalogue.ParametersOf(resourceType).Keys.Where(code => !Supports(resourceType, code)).Order(StringComparer.Ordinal)];

    /// <summary>The types whose narrative (_text) or whole content (_content) is indexed.</summary>
    public IEnumerable<string> TypesWithWords(string code) => (code == "_text" ? settings.TextTypes : settings.ContentTypes).Order(StringComparer.Ordinal);

    /// <summary>
    /// The parts of a composite parameter (http://hl7.org/fhir/R4/search.html#composite); null for a parameter that is none, or whose parts cannot be searched.
    /// </summary>
    public IReadOnlyList<CompositePart>? CompositeOf(string resourceType, SearchParameter parameter) => PlanOf(resourceType).Composites.GetValueOrDefault(parameter.Code);

    public void Extract(string resourceType, JsonElement resource, IIndexSink sink)
    {
        foreach (var plan in PlanOf(resourceType).Parameters) Extract(plan, resource, sink);
        if (settings.TextTypes.Contains(resourceType)) ExtractWords("_text", resource, Words.OfNarrative, sink);
        if (settings.ContentTypes.Contains(resourceType)) ExtractWords("_content", resource, Words.OfContent, sink);
    }

    /// <summary>The values of one parameter only.</summary>
    public void Extract(string resourceType, string code, JsonElement resource, IIndexSink sink)
    {
        if (PlanOf(resourceType).Parameters.FirstOrDefault(plan => plan.Parameter.Code == code) is { } plan) Extract(plan, resource, sink);
    }

    private void Extract(ParameterPlan plan, JsonElement resource, IIndexSink sink)
    {
        foreach (var path in plan.Paths)
        {
            if (path.IsPresenceTest) continue;
            path.Walk(resource, (element, item) =>
            {
                sink.Item = item;
                ElementValues.Emit(plan.Parameter, path, element, settings, sink);
            });
        }
        sink.Item = null;
        if (plan.Paths.Any(path => path.IsPresenceTest)) EmitPresence(plan, resource, sink);
    }

    private static void EmitPresence(ParameterPlan plan, JsonElement resource, IIndexSink sink)
    {
        var present = false;
        foreach (var path in plan.Paths) path.Walk(resource, element => present |= element.ValueKind != JsonValueKind.False);
        sink.Token(plan.Parameter.Code, null, present ? "true" : "false");
    }

    private static void ExtractWords(string code, JsonElement resource, Action<JsonElement, HashSet<string>> collect, IIndexSink sink)
    {
        HashSet<string> words = [];
        collect(resource, words);
        foreach (var word in words) sink.Token(code, null, word);
    }

    private TypePlan PlanOf(string resourceType)
    {
        var version = catalogue.Version;
        var current = compiled;
        if (current is null || !ReferenceEquals(current.Version, version)) compiled = current = new Compiled(version, new ConcurrentDictionary<string, TypePlan>());
        return current.Plans.GetOrAdd(resourceType, type => TypePlan.Of(type, catalogue.ParametersOf(type), compiler));
    }
}

/// <summary>One of the parameters a composite joins. <paramref name="IsOfItem"/>: its value must lie in the same element as that of the other parts.</summary>
public sealed record CompositePart(SearchParameter Parameter, bool IsOfItem);

/// <param name="Zone">Zone of dates that carry none: +08:00 in China.</param>
/// <param name="BaseUrl">The server's own FHIR base, without trailing slash: absolute references under it are local.</param>
public sealed record ExtractionSettings(LocalZone Zone, string BaseUrl)
{
    public static readonly TimeSpan China = TimeSpan.FromHours(8);

    /// <summary>Types whose words are worth their index rows, if the settings name no others: those that hold text.</summary>
    public const string TypesOfText = "Composition,DiagnosticReport,DocumentReference";

    /// <summary>Types whose narrative is indexed for _text.</summary>
    public FrozenSet<string> TextTypes { get; init; } = FrozenSet<string>.Empty;

    /// <summary>Types whose whole content is indexed for _content.</summary>
    public FrozenSet<string> ContentTypes { get; init; } = FrozenSet<string>.Empty;

    /// <exception cref="InvalidOperationException">A name is no resource type.</exception>
    public static FrozenSet<string> Types(string setting, string? names)
    {
        var types = (names ?? TypesOfText).Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (types.FirstOrDefault(type => !FhirDefinitions.R4.ResourceTypes.Contains(type)) is { } unknown)
            throw new InvalidOperationException($"{setting} names resource types separated by commas (or nothing); '{unknown}' is none.");
        return types.ToFrozenSet();
    }
}
