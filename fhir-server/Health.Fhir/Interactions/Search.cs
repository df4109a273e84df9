using Health.Contracts;
using Health.Fhir.Search;
using Health.Fhir.Wire;
using Microsoft.AspNetCore.Routing;

namespace Health.Fhir.Interactions;

/// <summary>
/// search-type by GET and POST. http://hl7.org/fhir/R4/http.html#search
/// Strict: what the query does not mean is refused, unless the caller asks to be lenient. Pages are of one moment: the next link carries the sequence the first page looked at.
/// </summary>
public static class SearchInteraction
{
    /// <summary>Where a search looks.</summary>
    /// <param name="Types">A resource type, or several separated by blanks.</param>
    /// <param name="Own">What the caller may see of them.</param>
    /// <param name="Address">The URL of the search without its query.</param>
    /// <param name="Within">The compartment it stays in.</param>
    internal sealed record Place(string Interaction, string Types, AccessFilter Own, string Address, Criterion? Within = null);

    public static void Map(IEndpointRouteBuilder fhir, PageToken tokens)
    {
        FhirDoor.Map(fhir, "/{type}", ["GET", "HEAD"], "search-type", (request, ct) => Handle(request, tokens, ct));
        FhirDoor.Map(fhir, "/{type}/_search", ["POST"], "search-type", (request, ct) => Handle(request, tokens, ct));
    }

    public static async ValueTask<FhirAnswer> Handle(FhirRequest request, PageToken tokens, CancellationToken ct)
    {
        var type = request.Type!;
        var (own, denied) = await request.Authorise(AccessKind.Search, type, ct);
        return denied is not null ? FhirAnswer.Of(denied) : await Answer(request, tokens, new Place("search-type", type, own, $"{request.BaseUrl}/{type}"), ct);
    }

    internal static async ValueTask<FhirAnswer> Answer(FhirRequest request, PageToken tokens, Place place, CancellationToken ct)
    {
        var search = request.Services.Search;
        if (search.TryRead(place.Types, request.Query, IsLenient(request.Prefer), out var query) is { } refusal) return FhirAnswer.Of(refusal);
        if (place.Within is { } compartment) query = query with { Criteria = [compartment, .. query.Criteria] };
        var filter = await SearchScope.FilterOf(request, query, place.Own, ct);
        var pages = new PageLinks(tokens, request with { Query = query.Understood }, place.Address);
        PageState? continuing = null;
        if (query.Page is { } token && (continuing = pages.Read(token)) is null) return FhirAnswer.Of(PageLinks.Invalid);
        var (page, failed) = await search.Run(query, continuing, filter, ct);
        if (failed is not null) return FhirAnswer.Of(failed);

        var links = new PatientLinks(request.Services.Residents);
        var recorded = SearchAudit.Record(request, place.Interaction, null, page.Matches.Concat(page.Included), $"{place.Address[request.BaseUrl.Length..].TrimStart('/')}?{request.Query}", ct);
        await Task.WhenAll(recorded, links.Prepare(page, ct));
        var bundle = new SearchBundle(request.Services.Records, links, request.BaseUrl) { Elements = query.Elements, Summary = query.Summary, Ignored = query.Ignored };
        return await bundle.Answer(request, page, filter, pages.Self, pages.Next(page.Next), ct);
    }

    /// <summary>http://hl7.org/fhir/R4/search.html#errors</summary>
    private static bool IsLenient(string? prefer) => prefer is not null && prefer.Split(',', ';').Any(part => part.Trim().Equals("handling=lenient", StringComparison.OrdinalIgnoreCase));
}
