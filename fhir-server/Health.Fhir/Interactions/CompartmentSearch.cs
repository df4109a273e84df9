using Health.Contracts;
using Health.Fhir.Search;
using Health.Fhir.Wire;
using Microsoft.AspNetCore.Routing;

namespace Health.Fhir.Interactions;

/// <summary>
/// Search within a Patient's compartment: <c>Patient/1/Observation?…</c>, <c>Patient/1/*</c>. http://hl7.org/fhir/R4/compartmentdefinition.html
/// Only the definition of the Patient compartment can be had at build time.
/// </summary>
public static class CompartmentSearch
{
    public static void Map(IEndpointRouteBuilder fhir, PageToken tokens)
    {
        FhirDoor.Map(fhir, "/{type}/{id}/{inner}", ["GET", "HEAD"], "search-compartment", (request, ct) => Handle(request, tokens, ct));
        FhirDoor.Map(fhir, "/{type}/{id}/{inner}/_search", ["POST"], "search-compartment", (request, ct) => Handle(request, tokens, ct));
    }

    private static async ValueTask<FhirAnswer> Handle(FhirRequest request, PageToken tokens, CancellationToken ct)
    {
        var inner = (string)request.Http!.Request.RouteValues["inner"]!;
        var (centre, members) = (request.Type!, FhirDefinitions.R4.PatientCompartment);
        if (inner != "*" && !ResourceTypes.IsKnown(inner)) return FhirAnswer.Of(new Refusal(404, "not-supported", $"{centre}/{request.Id}/{inner} is no address of this server."));
        if (centre != "Patient") return FhirAnswer.Of(Refusal.NotSupported($"There is no compartment of {centre} here; compartments are searched of Patient."));
        if (inner != "*" && inner != centre && !members.ContainsKey(inner))
            return FhirAnswer.Of(Refusal.NotSupported($"{inner} is not in the compartment of a Patient; search it by its own parameters."));

        var (types, own, denied) = await SearchedTypes.Of(request, inner == "*" ? members.Keys.Append(centre).Distinct() : [inner], areNamed: inner != "*", ct);
        if (denied is not null) return FhirAnswer.Of(denied);
        var links = types.SelectMany(type => members.GetValueOrDefault(type, []).Select(parameter => (type, parameter))).ToList();
        var within = new Criterion.InCompartment(new ReferenceTarget(centre, request.Id!), links);
        var address = $"{request.BaseUrl}/{centre}/{request.Id}/{inner}";
        return await SearchInteraction.Answer(request, tokens, new SearchInteraction.Place("search-compartment", string.Join(' ', types), own, address, within), ct);
    }
}
