using System.Diagnostics.Metrics;
using Health.Contracts;
using Health.Fhir.Records;
using Health.Fhir.Wire;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Health.Fhir.Subscriptions;

/// <summary>Subscriptions: services, addresses, figures.</summary>
public static class SubscriptionsFeature
{
    public const string SocketPath = "subscription-socket";

    public static void Add(IHostApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSingleton(provider => SubscriptionOptions.Read(builder.Configuration, provider.GetRequiredService<NodeIdentity>().IsDevelopment));
        services.AddSingleton<EndpointGuard>();
        services.AddSingleton<SubscriptionGrant>();
        services.AddSingleton<SubscriptionReader>();
        services.AddSingleton<SubscriptionAdmission>();
        services.AddSingleton<SubscriptionTable>();
        services.AddSingleton<SubscriptionMatcher>();
        services.AddSingleton<SubscriptionRegistry>();
        services.AddSingleton<SubscriptionEvaluation>();
        services.AddSingleton<SubscriptionStatusWriter>();
        services.AddSingleton<NotificationSource>();
        services.AddSingleton<NotificationDelivery>();
        services.AddSingleton<DeliveryWakeup>();
        services.AddSingleton<RestHook>();
        services.AddSingleton<BindingToken>();
        services.AddSingleton<WebsocketHub>();
        services.AddSingleton<SubscriptionOperations>();
        services.AddHostedService<SubscriptionEngine>();
    }

    public static void Map(IEndpointRouteBuilder fhir)
    {
        var operations = fhir.ServiceProvider.GetRequiredService<SubscriptionOperations>();
        FhirDoor.Map(fhir, "/Subscription/{id}/$status", ["GET", "POST"], "$status", operations.Status);
        FhirDoor.Map(fhir, "/Subscription/$status", ["GET", "POST"], "$status", operations.Status);
        FhirDoor.Map(fhir, "/Subscription/{id}/$events", ["GET", "POST"], "$events", operations.Events);
        FhirDoor.Map(fhir, "/Subscription/{id}/$get-ws-binding-token", ["GET", "POST"], "$get-ws-binding-token", operations.BindingTokenFor);
        FhirDoor.Map(fhir, "/Subscription/$get-ws-binding-token", ["GET", "POST"], "$get-ws-binding-token", operations.BindingTokenFor);
        FhirDoor.Map(fhir, "/Subscription/$topic-list", ["GET"], "$topic-list", SubscriptionOperations.Topics);
        var hub = fhir.ServiceProvider.GetRequiredService<WebsocketHub>();
        // Who may listen is in the token the client sends first.
        fhir.Map($"/{SocketPath}", hub.Serve).AllowAnonymous();
        Watch(fhir.ServiceProvider.GetRequiredService<SubscriptionEvaluation>(), fhir.ServiceProvider.GetRequiredService<SubscriptionRegistry>(), fhir.ServiceProvider.GetRequiredService<IMeterFactory>());
    }

    private static void Watch(SubscriptionEvaluation evaluation, SubscriptionRegistry registry, IMeterFactory meters)
    {
        var meter = meters.Create(RecordFigures.Name);
        meter.CreateObservableGauge("health.fhir.subscriptions.lag", () => evaluation.Lag, "{event}", "Events of the log that are not compared with the subscriptions yet.");
        meter.CreateObservableGauge("health.fhir.subscriptions.pending", () => registry.All.Sum(live => live.Events - live.Delivered), "{event}", "Events found and not taken by their subscribers yet.");
        meter.CreateObservableGauge("health.fhir.subscriptions.failing", () => registry.All.Count(live => live.Failures > 0 || live.Status == "error"), "{subscription}", "Subscriptions whose last notification was not taken.");
    }
}
