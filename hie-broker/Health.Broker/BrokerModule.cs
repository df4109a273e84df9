using Health.Broker.Access;
using Health.Broker.Audit;
using Health.Broker.Audit.Log;
using Health.Broker.Directory;
using Health.Broker.Keys;
using Health.Broker.Residents;
using Health.Contracts;
using Marten;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Health.Broker;

/// <summary>Keys, residents, directory, access and audit: what every other module stands on.</summary>
public static class BrokerModule
{
    public static void Add(IHostApplicationBuilder builder)
    {
        var services = builder.Services;
        foreach (var script in SchemaScript.EmbeddedIn(typeof(BrokerModule), "broker")) services.AddSingleton(script);
        services.AddSingleton(provider => KeySettings.Read(builder.Configuration, provider.GetRequiredService<NodeIdentity>()));
        services.AddSingleton<Keyring>();
        services.AddSingleton<IKeyring>(provider => provider.GetRequiredService<Keyring>());
        services.AddSingleton<IDirectory, InstitutionDirectory>();
        services.AddSingleton<IResidentIndex, ResidentIndex>();
        services.AddSingleton<ResidentCorrections>();
        services.AddSingleton<ISourceMerges, SourceMerges>();
        services.AddSingleton<ResidentErasure>();
        services.AddSingleton<IResidentErasure>(provider => provider.GetRequiredService<ResidentErasure>());
        services.AddSingleton<IAccessPolicy, AccessPolicy>();
        services.AddSingleton<IAccessLog, AccessLog>();
        services.AddSingleton<AuditTrail>();
        services.AddSingleton<IAuditTrail>(provider => provider.GetRequiredService<AuditTrail>());
        services.AddHostedService(provider => provider.GetRequiredService<AuditTrail>());
        services.AddSingleton<CheckpointSigner>();
        services.AddSingleton<AuditSequencer>();
        services.AddHostedService(provider => provider.GetRequiredService<AuditSequencer>());
        services.AddSingleton<PartitionKeeper>();
        services.AddHostedService(provider => provider.GetRequiredService<PartitionKeeper>());
        services.ConfigureMarten(MapEvents);
    }

    /// <summary>Opens the keyring: a missing or wrong key file stops the start here, before any module works.</summary>
    public static void Configure(WebApplication app)
    {
        app.Services.GetRequiredService<Keyring>().Open();
        app.Services.GetRequiredService<CheckpointSigner>().Open();
        app.Services.GetRequiredService<PartitionKeeper>().Ensure();
        app.Use(FailClosed.Run);
    }

    public static void Map(IEndpointRouteBuilder routes)
    {
        AuditEndpoints.Map(routes);
        ResidentEndpoints.Map(routes);
    }

    private static void MapEvents(StoreOptions options)
    {
        options.Events.MapEventType<InstitutionRegistered>("broker.institution-registered.v1");
        options.Events.MapEventType<InstitutionChanged>("broker.institution-changed.v1");
        options.Events.MapEventType<ResidentRegistered>("broker.resident-registered.v1");
        options.Events.MapEventType<PatientLinked>("broker.patient-linked.v1");
        options.Events.MapEventType<PatientFactsChanged>("broker.patient-facts-changed.v1");
        options.Events.MapEventType<PatientUnlinked>("broker.patient-unlinked.v1");
        options.Events.MapEventType<IdentityConflictRaised>("broker.identity-conflict-raised.v1");
        options.Events.MapEventType<ResidentKeyDestroyed>("broker.resident-key-destroyed.v1");
    }
}
