using Health.Adapters.Acknowledging;
using Health.Adapters.Certification;
using Health.Adapters.Inbox;
using Health.Adapters.Listening;
using Health.Adapters.Mapping;
using Health.Adapters.Outbound;
using Health.Adapters.Quarantine;
using Health.Adapters.Queries;
using Health.Adapters.Remap;
using Health.Adapters.Sources;
using Health.Contracts;
using Marten;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Health.Adapters;

/// <summary>Doors for hospitals: HL7 v2 in, records out.</summary>
public static class AdaptersModule
{
    public static void Add(IHostApplicationBuilder builder)
    {
        var settings = AdapterSettings.Read(builder.Configuration);
        var services = builder.Services;
        services.AddSingleton(settings);
        services.AddSingleton(SourceRegistry.Load(settings.SourcesFolder));
        foreach (var script in SchemaScript.EmbeddedIn(typeof(AdaptersModule), "adapters")) services.AddSingleton(script);
        services.ConfigureMarten(options =>
        {
            options.Events.MapEventType<MessageReceived>("adapters.message-received.v1");
            options.Events.MapEventType<MessageMapped>("adapters.message-processed.v1");
            options.Events.MapEventType<MessageQuarantined>("adapters.message-quarantined.v1");
            options.Events.MapEventType<MessageCorrected>("adapters.message-corrected.v1");
        });
        AddInbox(services);
        services.AddSingleton<QuarantineList>();
        services.AddSingleton<QuarantineDesk>();
        services.AddSingleton(new MapperVersion(MessageMapper.Version));
        services.AddSingleton<StoredMapping>();
        services.AddSingleton<LaterMessages>();
        services.AddSingleton<Remapper>();
        services.AddSingleton<StoredMessages>();
        services.AddSingleton<MessageStatistics>();
        services.AddSingleton<MessageList>();
        services.AddSingleton<SqlViewPoller>();
        services.AddHostedService(provider => provider.GetRequiredService<SqlViewPoller>());
        services.AddHostedService<FileDropPoller>();
        services.AddSingleton<SourceWatcher>();
        services.AddHostedService(provider => provider.GetRequiredService<SourceWatcher>());
        services.AddHealthChecks().AddCheck<SourceWatcher>(SourceWatcher.CheckName);
        AddOutbound(services, settings);
        // Last, so that it stops first: nothing is taken in that could not be stored any more.
        services.AddSingleton<MllpEndpoint>();
        services.AddHostedService<MllpListener>();
    }

    public static void Configure(WebApplication app)
    {
    }

    public static void Map(IEndpointRouteBuilder routes)
    {
        QuarantineEndpoints.Map(routes);
        MessageEndpoints.Map(routes);
        RemapEndpoint.Map(routes);
        CertificationEndpoint.Map(routes);
        OutboundEndpoints.Map(routes);
        QueryEndpoints.Map(routes);
    }

    private static void AddOutbound(IServiceCollection services, AdapterSettings settings)
    {
        var destinations = DestinationRegistry.Load(settings.DestinationsFolder);
        services.AddSingleton(destinations);
        services.AddSingleton<OutboundSignal>();
        services.AddSingleton<OutboundQueue>();
        services.AddSingleton<OutboundDesk>();
        services.AddSingleton<OutboundReader>();
        services.AddSingleton<OutboundComposer>();
        services.AddSingleton<OutboundRewriting>();
        services.AddSingleton<OutboundFollower>();
        services.AddSingleton<OutboundDelivery>();
        services.AddSingleton<QueryDesk>();
        services.AddSingleton<HospitalQuery>();
        if (destinations.All.Count > 0) services.AddHostedService<OutboundService>();
    }

    private static void AddInbox(IServiceCollection services)
    {
        services.AddSingleton<InboxSignal>();
        services.AddSingleton<IntakeLoad>();
        services.AddSingleton<Backlog>();
        services.AddHostedService(provider => provider.GetRequiredService<Backlog>());
        services.AddSingleton<InboxCommitter>();
        services.AddHostedService(provider => provider.GetRequiredService<InboxCommitter>());
        services.AddSingleton(provider => new Intake(
            provider.GetRequiredService<SourceRegistry>(), provider.GetRequiredService<IKeyring>(), provider.GetRequiredService<InboxCommitter>(),
            provider.GetRequiredService<SequenceBook>(), provider.GetRequiredService<ApplicationAnswers>(), provider.GetRequiredService<ReturnPaths>(), provider.GetRequiredService<InboxSignal>(),
            // Where the records are not in this process, queries are refused.
            provider.GetService<IRecordSearch>() is null ? null : provider.GetRequiredService<QueryDesk>(), provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<Intake>>()));
        services.AddSingleton<SequenceBook>();
        services.AddSingleton<ProcessedMessages>();
        services.AddSingleton<ReturnPaths>();
        services.AddSingleton<ApplicationAnswers>();
        services.AddHostedService<AcknowledgementSender>();
        services.AddSingleton<IRawMessages, RawMessages>();
        services.AddSingleton<IErasureParticipant, MessageErasure>();
        services.AddSingleton<MapMessage>(MessageMapper.Map);
        services.AddSingleton<MessageProcessor>();
        services.AddHostedService<InboxWorker>();
        services.AddHostedService<NoticePublisher>();
    }
}
