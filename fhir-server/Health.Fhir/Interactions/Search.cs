using Health.Contracts;
using Health.Fhir.Search;
using Health.Fhir.Wire;
using Microsoft.AspNetCore.Routing;

namespace Health.Fhir.Interactions;

/// <summary>
/// search-type by GET and POST. http://hl7.org/fhir/R4/http.html#search
/// Strict: what the query does not mean is refused. Pages are of one moment: the next link carries the sequence the first page looked at.
/// </summary>
public static class SearchInteraction
{
    public static void Map(IEndpointRouteBuilder fhir, PageToken tokens)
    {
        FhirDoor.Map(fhir, "/{type}", ["GET", "HEAD"], "search-type", (request, ct) => Handle(request, tokens, ct));
        FhirDoor.Map(fhir, "/{type}/_search", ["POST"], "search-type", (request, ct) => Handle(request, tokens, ct));
    }

    public static async ValueTask<FhirAnswer> Handle(FhirRequest request, PageToken tokens, CancellationToken ct)
    {
        var type = request.Type!;
        var (own, denied) = await request.Authorise(AccessKind.Search, type, ct);
        if (denied is not null) return FhirAnswer.Of(denied);
        var search = request.Services.Search;
        if (search.TryRead(type, request.Query, out var query) is { } refusal) return FhirAnswer.Of(refusal);
        var filter = await SearchScope.FilterOf(request, query, own, ct);
        var pages = new PageLinks(tokens, request, $"{request.BaseUrl}/{type}");
        PageState? continuing = null;
        if (query.Page is { } token && (continuing = pages.Read(token)) is null) return FhirAnswer.Of(PageLinks.Invalid);
        var (page, failed) = await search.Run(query, continuing, filter, ct);
        if (failed is not null) return FhirAnswer.Of(failed);

        var links = new PatientLinks(request.Services.Residents);
        await Task.WhenAll(SearchAudit.Record(request, "search-type", null, page.Matches.Concat(page.Included), $"{type}?{request.Query}", ct), links.Prepare(page, ct));
        var bundle = new SearchBundle(request.Services.Records, links, request.BaseUrl) { Elements = query.Elements };
        return await bundle.Answer(request, page, filter, pages.Self, pages.Next(page.Next), ct);
    }
}
