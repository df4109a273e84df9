using Health.Contracts;
using Health.Fhir.Interactions;
using Health.Fhir.Operations;
using Health.Fhir.Search.Rebuild;
using Health.Fhir.Wire;
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
        services.AddSingleton<RecordOfResident>();
        services.AddSingleton<EventReplay>();
        services.AddSingleton<SearchRebuild>();
        services.AddSingleton<IErasureParticipant, SearchErasure>();
        services.AddSingleton(provider => new SearchCapability(type => provider.GetRequiredService<Extractor>().SupportedOf(type)
            .Select(p => (p.Code, p.Type.ToString().ToLowerInvariant(), (string?)p.Url))));
    }

    public static void Map(IEndpointRouteBuilder fhir)
    {
        SearchInteraction.Map(fhir, fhir.ServiceProvider.GetRequiredService<PageToken>());
        Everything.Map(fhir);
    }
}
