using Health.Contracts;
using Health.Fhir.Wire;
using Microsoft.AspNetCore.Routing;

namespace Health.Fhir.Interactions;

/// <summary>Everything under the base that is no interaction: 405 where the address exists for another method, 404 elsewhere.</summary>
internal static class NotMapped
{
    public static void Map(IEndpointRouteBuilder fhir) =>
        FhirDoor.Map(fhir, "/{**path}", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"], "not-mapped", Handle);

    private static ValueTask<FhirAnswer> Handle(FhirRequest request, CancellationToken ct)
    {
        var parts = (request.Http?.Request.RouteValues["path"] as string ?? "").Split('/', StringSplitOptions.RemoveEmptyEntries);
        var exists = parts.Length is 1 or 2 && ResourceTypes.IsKnown(parts[0]) && (parts.Length == 1 || ResourceTypes.IsLogicalId(parts[1]));
        return new(FhirAnswer.Of(new Refusal(exists ? 405 : 404, "not-supported", $"{request.Method} /{string.Join('/', parts)} is no interaction of this server.")));
    }
}
