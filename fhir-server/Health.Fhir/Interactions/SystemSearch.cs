using Health.Contracts;
using Health.Fhir.Search;
using Health.Fhir.Wire;
using Microsoft.AspNetCore.Routing;

namespace Health.Fhir.Interactions;

/// <summary>
/// search-system: over the types of <c>_type</c>, or over all, by parameters that all of them have. http://hl7.org/fhir/R4/http.html#search
/// A named type that the caller may not search is refused; without names the search is over what the caller may.
/// </summary>
public static class SystemSearch
{
    public static void Map(IEndpointRouteBuilder fhir, PageToken tokens)
    {
        FhirDoor.Map(fhir, "/", ["GET", "HEAD"], "search-system", (request, ct) => Handle(request, tokens, ct));
        FhirDoor.Map(fhir, "/_search", ["POST"], "search-system", (request, ct) => Handle(request, tokens, ct));
    }

    public static async ValueTask<FhirAnswer> Handle(FhirRequest request, PageToken tokens, CancellationToken ct)
    {
        var named = QueryText.Pairs(request.Query).Where(pair => pair.Name == "_type").SelectMany(pair => pair.Value.Split(',')).Distinct().ToList();
        foreach (var type in named)
            if (!ResourceTypes.IsKnown(type)) return FhirAnswer.Of(Refusal.Invalid($"_type: {type} is not a resource type{CriterionParser.DidYouMean(type, FhirDefinitions.R4.ResourceTypes)}.", "_type"));
        var (types, own, denied) = await SearchedTypes.Of(request, named.Count > 0 ? named : FhirDefinitions.R4.ResourceTypes, areNamed: named.Count > 0, ct);
        if (denied is not null) return FhirAnswer.Of(denied);
        return await SearchInteraction.Answer(request, tokens, new SearchInteraction.Place("search-system", string.Join(' ', types), own, request.BaseUrl), ct);
    }
}
