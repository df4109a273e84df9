using Health.Contracts;
using Health.Fhir.Wire;

namespace Health.Fhir.Interactions;

/// <summary>
/// The types of a search over several that the caller may search: one that the caller named and may not search refuses the whole, of types nobody
/// named those are left out.
/// </summary>
internal static class SearchedTypes
{
    /// <returns><c>Own</c> is the filter of the only type; of several the search combines them itself (SearchScope).</returns>
    public static async ValueTask<(IReadOnlyList<string> Types, AccessFilter Own, Refusal? Denied)> Of(FhirRequest request, IEnumerable<string> candidates, bool areNamed, CancellationToken ct)
    {
        AccessFilter own = new AccessFilter.Nothing();
        List<string> types = [];
        foreach (var type in areNamed ? candidates : candidates.Order(StringComparer.Ordinal))
        {
            if (!areNamed && await request.Services.Policy.Decide(new AccessRequest(request.Caller, AccessKind.Search, type), ct) is AccessDecision.Deny) continue;
            (own, var denied) = await request.Authorise(AccessKind.Search, type, ct);
            if (denied is not null) return ([], own, denied);
            types.Add(type);
        }

        if (types.Count == 0) return ([], own, Refusal.Forbidden($"{request.Caller.ClientId} may search none of these types for {request.Caller.Purpose}."));
        return (types, types.Count == 1 ? own : new AccessFilter.Nothing(), null);
    }
}
