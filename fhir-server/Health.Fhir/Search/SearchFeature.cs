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
        services.AddSingleton(provider => new ExtractionSettings(LocalZone.Parse(builder.Configuration["Health:TimeZone"] ?? "+08:00"), $"{provider.GetRequiredService<NodeIdentity>().BaseUrl}/fhir")
        {
            TextTypes = ExtractionSettings.Types("Health:Search:Text", builder.Configuration["Health:Search:Text"]),
            ContentTypes = ExtractionSettings.Types("Health:Search:Content", builder.Configuration["Health:Search:Content"]),
        });
        services.AddSingleton(_ => SearchLimit.Read(builder.Configuration));
        services.AddSingleton<ParameterCatalogue>();
        services.AddSingleton<Extractor>();
        services.AddSingleton<CodeSetSource>();
        services.AddSingleton<CodeOrder>();
        services.AddSingleton<SearchKeys>();
        services.AddSingleton<Blinding>();
        services.AddSingleton<SearchTerms>();
        services.AddSingleton<ValueParser>();
        services.AddSingleton<CriterionParser>();
        services.AddSingleton<QueryParser>();
        services.AddSingleton<PageToken>();
        services.AddSingleton<RecordOfResident>();
        services.AddSingleton<EventReplay>();
        services.AddSingleton<SearchRebuild>();
        services.AddSingleton<IndexFormat>();
        services.AddHealthChecks().AddCheck<SearchReadiness>(SearchReadiness.Name);
        services.AddSingleton<ParameterBackfill>();
        services.AddHostedService<LiveParameters>();
        services.AddSingleton<IErasureParticipant, SearchErasure>();
        services.AddSingleton(provider => new SearchCapability(type => Capability(provider.GetRequiredService<Extractor>(), type)));
    }

    private static IEnumerable<(string, string, string?, string?)> Capability(Extractor extractor, string type) => extractor.SupportedOf(type).Select(p =>
    {
        var indexing = extractor.Catalogue.CustomOf(type, p.Code) is { IsReady: false } custom ? $"{custom.Done} of {custom.Of}" : null;
        return (p.Code, p.Type.ToString().ToLowerInvariant(), p.Url, indexing);
    });

    public static void Map(IEndpointRouteBuilder fhir)
    {
        var tokens = fhir.ServiceProvider.GetRequiredService<PageToken>();
        SearchInteraction.Map(fhir, tokens);
        SystemSearch.Map(fhir, tokens);
        CompartmentSearch.Map(fhir, tokens);
        SearchParameterStatus.Map(fhir);
        Everything.Map(fhir);
    }
}
