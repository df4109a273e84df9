using System.Collections.Frozen;

namespace Health.Fhir.Search;

/// <summary>A parameter with its compiled paths over one resource type.</summary>
public sealed record ParameterPlan(SearchParameter Parameter, IReadOnlyList<ElementPath> Paths);

/// <summary>What is extracted of one resource type, and which of its parameters can be searched.</summary>
public sealed record TypePlan(IReadOnlyList<ParameterPlan> Parameters, FrozenDictionary<string, IReadOnlyList<CompositePart>> Composites, FrozenSet<string> Codes)
{
    public static TypePlan Of(string type, FrozenDictionary<string, SearchParameter> all, PathCompiler compiler)
    {
        Dictionary<string, HashSet<string>> bases = [];
        foreach (var composite in all.Values.Where(p => p is { Type: SearchType.Composite, Expression: not null }))
            if (compiler.Compile(type, composite.Expression!) is { } paths) bases[composite.Code] = [.. paths.Where(path => path.Hops.Count == 1).Select(path => path.Hops[0].Property)];
        var items = bases.Values.SelectMany(properties => properties).ToHashSet();
        List<ParameterPlan> plans =
        [
            .. all.Values
                // Criteria of a subscription may name a person, and strings are indexed in clear.
                .Where(p => p.Expression is not null && p.Type is not SearchType.Composite && !(type == "Subscription" && p.Code == "criteria") && p.Code is not ("_id" or "_lastUpdated"))
                .Select(p => new ParameterPlan(p, PathsOf(type, p, items, compiler)))
                .Where(plan => plan.Paths.Count > 0)
                .OrderBy(plan => plan.Parameter.Code, StringComparer.Ordinal),
        ];
        var composites = bases.Select(pair => (pair.Key, Parts: PartsOf(all[pair.Key], pair.Value, plans))).Where(pair => pair.Parts.Count > 1)
            .ToFrozenDictionary(pair => pair.Key, pair => pair.Parts);
        return new TypePlan(plans, composites, plans.Select(plan => plan.Parameter.Code).Concat(composites.Keys).ToFrozenSet());
    }

    private static List<ElementPath> PathsOf(string type, SearchParameter parameter, HashSet<string> items, PathCompiler compiler) =>
        compiler.Compile(type, parameter.Expression!)?.Where(path => ElementValues.CanEmit(parameter.Type, path.FhirType))
            .Select(path => path with { HasItem = path.Hops.Count > 1 && items.Contains(path.Hops[0].Property) }).ToList() ?? [];

    /// <summary>Empty when a part cannot be searched.</summary>
    private static IReadOnlyList<CompositePart> PartsOf(SearchParameter composite, HashSet<string> bases, List<ParameterPlan> plans)
    {
        List<CompositePart> parts = [];
        foreach (var code in composite.Components)
        {
            if (plans.FirstOrDefault(plan => plan.Parameter.Code == code) is not { } plan) return [];
            parts.Add(new CompositePart(plan.Parameter, plan.Paths.Any(path => path.HasItem && bases.Contains(path.Hops[0].Property))));
        }
        return parts;
    }
}
