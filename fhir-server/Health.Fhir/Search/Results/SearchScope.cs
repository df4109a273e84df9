using Health.Contracts;
using Health.Fhir.Wire;

namespace Health.Fhir.Search;

/// <summary>
/// What the caller may see of every type a query touches, through chains, _has and includes too: a scope for Observations alone must not
/// tell anything about the Patients they refer to.
/// </summary>
public static class SearchScope
{
    public static async ValueTask<AccessFilter> FilterOf(FhirRequest request, SearchQuery query, AccessFilter own, CancellationToken ct)
    {
        var others = TypesOf(query);
        if (query.Types.Count > 1) return await Combined(request, [], others.Union(query.Types), ct);
        others.Remove(query.Type);
        if (others.Count == 0) return own;
        return await Combined(request, [(query.Type, own)], others, ct);
    }

    /// <summary>One filter over all of these types; a type the caller may not search adds nothing.</summary>
    public static ValueTask<AccessFilter> FilterOf(FhirRequest request, IEnumerable<string> types, CancellationToken ct) => Combined(request, [], types, ct);

    private static async ValueTask<AccessFilter> Combined(FhirRequest request, List<(string Type, AccessFilter Filter)> filters, IEnumerable<string> types, CancellationToken ct)
    {
        foreach (var type in types.Order(StringComparer.Ordinal))
        {
            if (await request.Services.Policy.Decide(new AccessRequest(request.Caller, AccessKind.Search, type), ct) is AccessDecision.Permit permit)
                filters.Add((type, permit.Filter));
        }
        return new AccessFilter.AnyOf([.. filters.GroupBy(f => Same(f.Filter)).Select(OfGroup)]);
    }

    private static AccessFilter OfGroup(IGrouping<string, (string Type, AccessFilter Filter)> group) =>
        new AccessFilter.AllOf([new AccessFilter.OfTypes([.. group.Select(f => f.Type)]), group.First().Filter]);

    /// <summary>Equal for filters that compile to the same condition.</summary>
    private static string Same(AccessFilter filter)
    {
        List<object> parameters = [];
        var sql = AccessFilterSql.Compile(filter, parameters);
        return $"{sql}\n{string.Join('\n', parameters.Select(p => p is string[] many ? string.Join(',', many) : p))}";
    }

    private static HashSet<string> TypesOf(SearchQuery query)
    {
        HashSet<string> types = [];
        foreach (var criterion in query.Criteria.SelectMany(criterion => criterion.Tree()))
        {
            if (criterion is Criterion.Has has) types.Add(has.SourceType);
            if (criterion is Criterion.Chain chain) types.UnionWith(chain.Alternatives.Select(alternative => alternative.TargetType));
        }
        // A value set that is named by its resource is read on the way.
        if (CodeSetSource.IsNeeded(query.Criteria)) types.Add("ValueSet");
        foreach (var include in query.Includes.SelectMany(include => include.Source == "*" ? query.Types.Select(type => include with { Source = type }) : [include]))
        {
            if (include.IsReverse) types.Add(include.Source);
            else if (include.Target is not null) types.Add(include.Target);
            else types.UnionWith(TargetsOf(include));
        }
        return types;
    }

    private static IEnumerable<string> TargetsOf(Include include) => include.Targets.Count > 0 ? include.Targets : FhirDefinitions.R4.ParametersOf(include.Source).Values
        .Where(p => p.Type == SearchType.Reference && (include.Parameter == "*" || p.Code == include.Parameter)).SelectMany(p => p.Targets);
}
