using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Hosting;

namespace Health.Fhir;

/// <summary>The FHIR R4 server: event-sourced records, search, operations.</summary>
public static class FhirModule
{
    public static void Add(IHostApplicationBuilder builder)
    {
    }

    public static void Configure(WebApplication app)
    {
    }

    public static void Map(IEndpointRouteBuilder routes)
    {
    }
}
