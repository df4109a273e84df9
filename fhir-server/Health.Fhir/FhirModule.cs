using Health.Contracts;
using Health.Fhir.Search;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Health.Fhir;

/// <summary>The FHIR R4 server: event-sourced records, search, operations.</summary>
public static class FhirModule
{
    public static void Add(IHostApplicationBuilder builder)
    {
        foreach (var script in SchemaScript.EmbeddedIn(typeof(FhirModule), "fhir")) builder.Services.AddSingleton(script);
        builder.Services.AddSingleton<SearchIndex>();
        builder.Services.AddSingleton<SearchEngine>();
        SearchFeature.Add(builder);
    }

    public static void Configure(WebApplication app)
    {
    }

    public static void Map(IEndpointRouteBuilder routes)
    {
        var fhir = routes.MapGroup("/fhir").AllowAnonymous();
        SearchFeature.Map(fhir);
    }
}
