using Health.CardBridge.Bindings;
using Health.CardBridge.Doors;
using Health.CardBridge.Issuing;
using Health.CardBridge.Issuing.Batches;
using Health.CardBridge.Loads;
using Health.CardBridge.Log;
using Health.CardBridge.Offline;
using Health.CardBridge.Payers;
using Health.CardBridge.Payers.Funds;
using Health.CardBridge.Reconciliation;
using Health.CardBridge.Registrations;
using Health.CardBridge.Settlements;
using Health.Contracts;
using Marten;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Health.CardBridge;

/// <summary>Card issuing, registration, settlement.</summary>
public static class CardBridgeModule
{
    /// <summary>Source in event headers.</summary>
    public const string Source = "card-bridge";

    public static void Add(IHostApplicationBuilder builder)
    {
        var services = builder.Services;
        var settings = CardBridgeSettings.Read(builder.Configuration);
        services.AddSingleton(settings);
        foreach (var script in SchemaScript.EmbeddedIn(typeof(CardBridgeModule), "cards")) services.AddSingleton(script);
        services.ConfigureMarten(CardEventNames.Register);

        services.AddSingleton<OutboxSignal>().AddSingleton<EventWriter>().AddSingleton<VisitLog>().AddSingleton<CardLog>();
        services.AddSingleton(_ => new CityCardOperator(Client(settings.CityCardUrl, settings.AnswerTimeout))).AddSingleton<Blacklist>();
        services.AddSingleton(provider => IssuerKey.Read(provider.GetRequiredService<NodeIdentity>(), settings)).AddSingleton<BlacklistVersions>();
        services.AddSingleton<BlacklistPublisher>().AddHostedService(provider => provider.GetRequiredService<BlacklistPublisher>());
        services.AddSingleton(_ => new Acquirer(Client(settings.AcquirerUrl, settings.AnswerTimeout))).AddSingleton(_ => new HospitalSystem(Client(settings.HisUrl, settings.AnswerTimeout)));
        services.AddSingleton(of => new PayerBook(
            new NationalInterface(Client(settings.InsurerUrl, settings.AnswerTimeout), settings),
            new RuleFund("ncms", BenefitRules.CountyPool, of.GetRequiredService<IDirectory>()), new RuleFund("urban", BenefitRules.Urban, of.GetRequiredService<IDirectory>())));
        services.AddSingleton<MsgIds>();
        services.AddSingleton<BatchCards>().AddSingleton<BatchStore>().AddSingleton<BatchRun>().AddSingleton<CardBatches>();
        services.AddSingleton<IErasureParticipant>(provider => provider.GetRequiredService<BatchCards>());
        services.AddSingleton<CardActs>().AddSingleton<CardReplacer>().AddSingleton<CardIssuer>().AddSingleton<CardTaps>().AddSingleton<CodeTaps>().AddSingleton<VisitRegistrar>();
        services.AddSingleton<VisitSecrets>().AddSingleton<PurseProofs>().AddSingleton<VisitRecords>().AddSingleton<TenderSteps>().AddSingleton<VisitSteps>().AddSingleton<VisitGate>().AddSingleton<FeeCatalogue>();
        services.AddSingleton<ResumeQueue>().AddSingleton<VisitProcess>().AddSingleton<Receipts>().AddSingleton<WorkList>();
        ReconciliationServices.Add(services, builder.Configuration, settings);
        services.AddSingleton<RecordSignal>().AddSingleton<SourceBook>().AddSingleton<Appointments>().AddSingleton<StopRefunds>().AddSingleton<AppointmentRecords>().AddHostedService(provider => provider.GetRequiredService<AppointmentRecords>());
        services.AddSingleton<LoadProcess>();
        services.AddSingleton<DeskJournals>().AddSingleton<OfflineSeals>().AddSingleton<OfflineNumbers>().AddSingleton<OfflineLog>().AddSingleton<OfflineReader>().AddSingleton<OfflineRecords>().AddSingleton<OfflineIntake>();
        services.AddHostedService<VisitResolver>().AddHostedService<OutboxDispatcher>();
    }

    public static void Configure(WebApplication app)
    {
    }

    public static void Map(IEndpointRouteBuilder routes)
    {
        VisitDoor.Map(routes);
        TenderDoor.Map(routes);
        OperatorDoor.Map(routes);
        LifeDoor.Map(routes);
        BlacklistDoor.Map(routes);
        CodeDoor.Map(routes);
        ReconciliationDoor.Map(routes);
        AppointmentDoor.Map(routes);
        OfflineDoor.Map(routes);
        LoadDoor.Map(routes);
    }

    private static HttpClient Client(Uri address, TimeSpan timeout) => new() { BaseAddress = address, Timeout = timeout };
}
