using Microsoft.AspNetCore.Routing;

namespace Health.Fhir.Validation;

/// <summary>What validation maps (relative to /fhir).</summary>
public static class ValidationFeature
{
    public static void Map(IEndpointRouteBuilder fhir) => ValidateOperation.Map(fhir);
}
