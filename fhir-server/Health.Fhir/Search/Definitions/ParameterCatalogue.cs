using System.Collections.Frozen;

namespace Health.Fhir.Search;

/// <summary>A search parameter that was defined on this server.</summary>
/// <param name="Name">Its SearchParameter resource, Type/id.</param>
/// <param name="IsReady">Every resource is indexed by it; until then a query by it is refused.</param>
/// <param name="Done">Resources indexed so far, of <paramref name="Of"/>.</param>
public sealed record CustomParameter(string Name, SearchParameter Parameter, IReadOnlyList<string> Bases, bool IsReady, long Done, long Of);

/// <summary>Every search parameter there is: the standard's and those defined on this server. Changes are taken up whole, between two resources.</summary>
public sealed class ParameterCatalogue
{
    private sealed record State(IReadOnlyDictionary<string, CustomParameter> Customs, FrozenDictionary<string, FrozenDictionary<string, SearchParameter>> Types);

    private volatile State state = new(new Dictionary<string, CustomParameter>(), FrozenDictionary<string, FrozenDictionary<string, SearchParameter>>.Empty);

    /// <summary>Those defined here, by the name of their resource.</summary>
    public IReadOnlyDictionary<string, CustomParameter> Customs => state.Customs;

    /// <summary>Changes whenever a parameter comes or goes; what was compiled from an earlier one is stale.</summary>
    public object Version => state.Types;

    /// <summary>The search parameters of a resource type by code, those of every resource included.</summary>
    public FrozenDictionary<string, SearchParameter> ParametersOf(string resourceType) =>
        state.Types.TryGetValue(resourceType, out var own) ? own : FhirDefinitions.R4.ParametersOf(resourceType);

    /// <summary>The parameter as it was defined here; null for one of the standard.</summary>
    public CustomParameter? CustomOf(string resourceType, string code) =>
        state.Customs.Count == 0 ? null : state.Customs.Values.FirstOrDefault(custom => custom.Parameter.Code == code && custom.Bases.Contains(resourceType));

    /// <summary>Takes up other definitions. Progress alone changes no version.</summary>
    public void Set(IReadOnlyDictionary<string, CustomParameter> customs)
    {
        var before = state;
        var same = customs.Count == before.Customs.Count
            && customs.All(pair => before.Customs.TryGetValue(pair.Key, out var old) && old.Parameter == pair.Value.Parameter && old.Bases.SequenceEqual(pair.Value.Bases));
        state = new State(customs, same ? before.Types : TypesOf(customs));
    }

    private static FrozenDictionary<string, FrozenDictionary<string, SearchParameter>> TypesOf(IReadOnlyDictionary<string, CustomParameter> customs) =>
        customs.Values.SelectMany(custom => custom.Bases.Select(type => (type, custom.Parameter))).GroupBy(pair => pair.type)
            .ToFrozenDictionary(group => group.Key, group =>
            {
                // The standard's own codes are never redefined.
                var all = FhirDefinitions.R4.ParametersOf(group.Key).ToDictionary();
                foreach (var (_, parameter) in group) all.TryAdd(parameter.Code, parameter);
                return all.ToFrozenDictionary();
            });
}
