using Microsoft.AspNetCore.Routing;

namespace Health.Fhir.Operations;

/// <summary>The operations on records, relative to /fhir.</summary>
public static class OperationsFeature
{
    public static void Map(IEndpointRouteBuilder fhir)
    {
        Meta.Map(fhir);
        LastN.Map(fhir);
        Document.Map(fhir);
        Summary.Map(fhir);
        Diff.Map(fhir);
        Purge.Map(fhir);
    }
}
