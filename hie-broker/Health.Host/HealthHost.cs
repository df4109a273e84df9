using Health.Adapters;
using Health.Broker;
using Health.CardBridge;
using Health.Console;
using Health.Contracts;
using Health.Fhir;
using Health.Host.Observability;
using Health.Identity;
using JasperFx;
using JasperFx.Events;
using Marten;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Npgsql;
using Wolverine;
using Wolverine.Marten;

namespace Health.Host;

/// <summary>The composition root: one table of modules, one event store, one message bus.</summary>
public static class HealthHost
{
    private sealed record Module(string Name, Action<IHostApplicationBuilder> Add, Action<WebApplication> Configure, Action<IEndpointRouteBuilder> Map);

    private static readonly Module[] Modules =
    [
        new("Identity", IdentityModule.Add, IdentityModule.Configure, IdentityModule.Map),
        new("Broker", BrokerModule.Add, BrokerModule.Configure, BrokerModule.Map),
        new("Fhir", FhirModule.Add, FhirModule.Configure, FhirModule.Map),
        new("Adapters", AdaptersModule.Add, AdaptersModule.Configure, AdaptersModule.Map),
        new("CardBridge", CardBridgeModule.Add, CardBridgeModule.Configure, CardBridgeModule.Map),
        new("Console", ConsoleModule.Add, ConsoleModule.Configure, ConsoleModule.Map),
    ];

    /// <summary>Builds the platform from settings (section <c>Health</c>) without starting it; the schema is brought up to date first.</summary>
    public static async Task<WebApplication> Build(string[] args, Action<WebApplicationBuilder>? adjust = null)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
        adjust?.Invoke(builder);
        var settings = HostSettings.Read(builder.Configuration);
        Logs.Add(builder, settings.DataFolder);
        Telemetry.Add(builder, settings.NodeId);
        builder.Services.AddDataProtection().PersistKeysToFileSystem(Directory.CreateDirectory(Path.Combine(settings.DataFolder, "keys", "data-protection")));
        // In-flight work is finished or given back within the ten seconds a stop may take.
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromSeconds(5));
        builder.Services.AddSingleton(settings.Node());
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(_ => NpgsqlDataSource.Create(settings.PreparedDatabase()));
        builder.Services.AddHealthChecks();
        builder.Services.AddAuthentication();
        builder.Services.AddAuthorizationBuilder()
            .SetFallbackPolicy(new AuthorizationPolicyBuilder().RequireAuthenticatedUser().Build());
        AddEventStore(builder, settings);

        var enabled = Modules.Where(module => settings.Modules.Contains(module.Name)).ToList();
        foreach (var module in enabled) module.Add(builder);

        var app = builder.Build();
        await SchemaMigrator.Run(app.Services.GetRequiredService<NpgsqlDataSource>(), app.Services.GetServices<SchemaScript>(), default);
        if (settings.Modules.Contains("Identity")) IdentityModule.UseAuthentication(app);
        else app.UseAuthentication();
        foreach (var module in enabled) module.Configure(app);
        app.UseAuthorization();
        foreach (var module in enabled) module.Map(app);
        Probes.Map(app);
        Telemetry.Map(app);
        return app;
    }

    private static void AddEventStore(WebApplicationBuilder builder, HostSettings settings)
    {
        builder.Services.AddMarten(options =>
            {
                options.Connection(settings.Database);
                options.DatabaseSchemaName = "documents";
                options.AutoCreateSchemaObjects = AutoCreate.CreateOrUpdate;
                options.Events.DatabaseSchemaName = EventLog.Schema;
                options.Events.StreamIdentity = StreamIdentity.AsString;
                // Versions and sequences are known before the insert: index rows of the same transaction carry them.
                options.Events.AppendMode = EventAppendMode.Rich;
                options.Events.MetadataConfig.HeadersEnabled = true;
                options.Events.MetadataConfig.CorrelationIdEnabled = true;
            })
            .UseLightweightSessions()
            .IntegrateWithWolverine(integration => integration.MessageStorageSchemaName = "messages")
            .ApplyAllDatabaseChangesOnStartup();
        builder.UseWolverine(options =>
        {
            options.ServiceName = "health";
            options.MultipleHandlerBehavior = MultipleHandlerBehavior.Separated;
            options.Durability.MessageIdentity = MessageIdentity.IdAndDestination;
            options.Policies.UseDurableLocalQueues();
            options.UseRuntimeCompilation();
        });
    }
}
