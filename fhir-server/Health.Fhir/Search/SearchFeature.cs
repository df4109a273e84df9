using Health.Contracts;
using Health.Fhir.Interactions;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Health.Fhir.Search;

/// <summary>What the module asks of search at start: its services and its endpoints (relative to /fhir).</summary>
public static class SearchFeature
{
    public static void Add(IHostApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSingleton(provider => new ExtractionSettings(ExtractionSettings.China, $"{provider.GetRequiredService<NodeIdentity>().BaseUrl}/fhir"));
        services.AddSingleton<Extractor>();
        services.AddSingleton<SearchKeys>();
        services.AddSingleton<Blinding>();
        services.AddSingleton<ValueParser>();
        services.AddSingleton<CriterionParser>();
        services.AddSingleton<QueryParser>();
        services.AddSingleton<PageToken>();
        services.AddSingleton(provider => SearchInteraction.With(provider.GetRequiredService<PageToken>()));
    }

    public static void Map(IEndpointRouteBuilder fhir)
    {
        SearchInteraction.Map(fhir);
    }
}
