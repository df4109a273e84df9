using System.Collections.Concurrent;
using System.Text.Json;

namespace Health.Fhir.Search;

/// <summary>
/// Finds every value a resource can be searched by: one pass of the type's compiled paths over its JSON. What a parameter's expression
/// needs beyond the path language is listed in <see cref="Unsupported"/> and refused in queries.
/// </summary>
public sealed class Extractor(ExtractionSettings settings)
{
    private readonly ConcurrentDictionary<string, IReadOnlyList<Plan>> plans = new();
    private readonly PathCompiler compiler = new(FhirDefinitions.R4);

    private sealed record Plan(SearchParameter Parameter, IReadOnlyList<ElementPath> Paths);

    /// <summary>Parameters answered by the row of the resource itself, so nothing is extracted for them.</summary>
    private static bool IsOfTheRow(string code) => code is "_id" or "_lastUpdated";

    /// <summary>True when queries may use the parameter on this type.</summary>
    public bool Supports(string resourceType, string code) => IsOfTheRow(code) || PlansOf(resourceType).Any(plan => plan.Parameter.Code == code);

    /// <summary>The parameters that queries may use on a type, by code.</summary>
    public IEnumerable<SearchParameter> SupportedOf(string resourceType) =>
        FhirDefinitions.R4.ResourceTypes.Contains(resourceType)
            ? FhirDefinitions.R4.ParametersOf(resourceType).Values.Where(p => Supports(resourceType, p.Code)).OrderBy(p => p.Code, StringComparer.Ordinal)
            : [];

    /// <summary>Codes of the standard's parameters of a type that cannot be searched.</summary>
    public IReadOnlyList<string> Unsupported(string resourceType) =>
        [.. FhirDefinitions.R4.ParametersOf(resourceType).Keys.Where(code => !Supports(resourceType, code)).Order(StringComparer.Ordinal)];

    public void Extract(string resourceType, JsonElement resource, IIndexSink sink)
    {
        foreach (var plan in PlansOf(resourceType))
        {
            foreach (var path in plan.Paths)
            {
                if (path.IsPresenceTest) continue;
                path.Walk(resource, element => ElementValues.Emit(plan.Parameter, path, element, settings, sink));
            }
            if (plan.Paths.Any(path => path.IsPresenceTest)) EmitPresence(plan, resource, sink);
        }
    }

    private static void EmitPresence(Plan plan, JsonElement resource, IIndexSink sink)
    {
        var present = false;
        foreach (var path in plan.Paths) path.Walk(resource, element => present |= element.ValueKind != JsonValueKind.False);
        sink.Token(plan.Parameter.Code, null, present ? "true" : "false");
    }

    private IReadOnlyList<Plan> PlansOf(string resourceType) => plans.GetOrAdd(resourceType, type =>
    [
        .. FhirDefinitions.R4.ParametersOf(type).Values
            // Criteria of a subscription may name a person, and strings are indexed in clear.
            .Where(p => p.Expression is not null && !(type == "Subscription" && p.Code == "criteria") && p.Type is not (SearchType.Composite or SearchType.Special) && !IsOfTheRow(p.Code))
            .Select(p => new Plan(p, compiler.Compile(type, p.Expression!)?.Where(path => ElementValues.CanEmit(p.Type, path.FhirType)).ToList() ?? []))
            .Where(plan => plan.Paths.Count > 0)
            .OrderBy(plan => plan.Parameter.Code, StringComparer.Ordinal),
    ]);
}

/// <param name="LocalOffset">Zone of dates that carry none: +08:00 in China.</param>
/// <param name="BaseUrl">The server's own FHIR base, without trailing slash: absolute references under it are local.</param>
public sealed record ExtractionSettings(TimeSpan LocalOffset, string BaseUrl)
{
    public static readonly TimeSpan China = TimeSpan.FromHours(8);
}
