using Health.Contracts;
using Health.Fhir.Bulk;
using Health.Fhir.Interactions;
using Health.Fhir.Operations;
using Health.Fhir.Records;
using Health.Fhir.Search;
using Health.Fhir.Subscriptions;
using Health.Fhir.Terminology;
using Health.Fhir.Validation;
using Health.Fhir.Wire;
using Health.Fhir.Wire.Async;
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
        SubscriptionsFeature.Add(builder);
        BulkFeature.Add(builder);
        TerminologyFeature.Add(builder);
        builder.Services.AddSingleton<Horizon>();
        builder.Services.AddSingleton<FhirRoutes>();
        builder.Services.AddSingleton<AsyncJobTable>();
        builder.Services.AddSingleton<AsyncJobs>();
        builder.Services.AddHostedService(provider => provider.GetRequiredService<AsyncJobs>());
        builder.Services.AddSingleton(provider => ActivatorUtilities.CreateInstance<FhirServices>(provider) with
        {
            Zone = provider.GetRequiredService<ExtractionSettings>().Zone,
            RawMessages = provider.GetService<IRawMessages>(),
            Routes = provider.GetRequiredService<FhirRoutes>(),
            AdmitSubscription = (request, id, body, ct) => provider.GetRequiredService<SubscriptionAdmission>().Admit(request, id, body, ct),
            Conformance = provider.GetRequiredService<ConformanceStore>(),
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
        OperationsFeature.Map(fhir);
        SubscriptionsFeature.Map(fhir);
        BulkFeature.Map(fhir);
        AsyncStatus.Map(fhir);
        TerminologyFeature.Map(fhir);
        ValidationFeature.Map(fhir);
        NotMapped.Map(fhir);
    }
}
