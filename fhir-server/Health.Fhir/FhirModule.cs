using Health.Contracts;
using Health.Fhir.Interactions;
using Health.Fhir.Records;
using Health.Fhir.Search;
using Health.Fhir.Subscriptions;
using Health.Fhir.Terminology;
using Health.Fhir.Wire;
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
        // FHIRPath's matches() must not hang on a hostile pattern: the default of every regular expression without a limit of its own.
        AppDomain.CurrentDomain.SetData("REGEX_DEFAULT_MATCH_TIMEOUT", TimeSpan.FromSeconds(2));
        foreach (var script in SchemaScript.EmbeddedIn(typeof(FhirModule), "fhir")) builder.Services.AddSingleton(script);
        builder.Services.AddSingleton<SearchIndex>();
        builder.Services.AddSingleton<SearchEngine>();
        RecordsFeature.Add(builder);
        SearchFeature.Add(builder);
        TerminologyFeature.Add(builder);
        SubscriptionsFeature.Add(builder);
        builder.Services.AddSingleton<Horizon>();
        builder.Services.AddSingleton<FhirRoutes>();
        builder.Services.AddSingleton(provider => ActivatorUtilities.CreateInstance<FhirServices>(provider) with
        {
            RawMessages = provider.GetService<IRawMessages>(),
            AdmitSubscription = (request, id, body, ct) => provider.GetRequiredService<SubscriptionAdmission>().Admit(request, id, body, ct),
            SearchType = (request, ct) => SearchInteraction.Handle(request, provider.GetRequiredService<PageToken>(), ct),
        });
    }

    public static void Configure(WebApplication app) => app.UseWebSockets();

    public static void Map(IEndpointRouteBuilder routes)
    {
        var fhir = routes.MapGroup("/fhir").AllowAnonymous();
        Capabilities.Map(fhir);
        BundleInteraction.Map(fhir);
        Create.Map(fhir);
        Read.Map(fhir);
        Update.Map(fhir);
        Patch.Map(fhir);
        Delete.Map(fhir);
        History.Map(fhir);
        SearchFeature.Map(fhir);
        SubscriptionsFeature.Map(fhir);
        NotMapped.Map(fhir);
    }
}
