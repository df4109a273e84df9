using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Health.Fhir.Terminology;

/// <summary>What the module asks of terminology at start: its services and its operations (relative to /fhir).</summary>
public static class TerminologyFeature
{
    public static void Add(IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<ConformanceStore>();
        builder.Services.AddSingleton<ICodeSets, CodeSets>();
        builder.Services.AddHostedService<RegionConformanceLoader>();
    }

    public static void Map(IEndpointRouteBuilder fhir)
    {
        Lookup.Map(fhir);
        ValidateCode.Map(fhir);
        Expand.Map(fhir);
        Translate.Map(fhir);
        Subsumes.Map(fhir);
    }
}
