using System.Text.Json.Serialization;
using Health.CardAgent.Api;
using Health.CardAgent.Chips;
using Health.CardAgent.Desk;
using Health.CardAgent.Journal;
using Health.CardAgent.Loads;
using Health.CardAgent.Offline;
using Health.CardAgent.Platform;
using Health.CardAgent.Sams;
using Health.CardAgent.Training;
using Health.Cards;
using Serilog;
using Serilog.Events;

namespace Health.CardAgent;

/// <summary>Composition of the desk agent.</summary>
public static class AgentHost
{
    /// <param name="adjust">For tests: changes services before the agent is built.</param>
    public static WebApplication Build(string[] args, Action<WebApplicationBuilder>? adjust = null)
    {
        var builder = WebApplication.CreateSlimBuilder(args);
        var settings = AgentSettings.Read(builder.Configuration);
        builder.WebHost.UseUrls($"http://127.0.0.1:{settings.Port}");
        builder.Services.AddSerilog(log => log.MinimumLevel.Override("Microsoft.AspNetCore", LogEventLevel.Warning).MinimumLevel.Override("System.Net.Http", LogEventLevel.Warning).ReadFrom.Configuration(builder.Configuration).WriteTo.Console());
        builder.Services.ConfigureHttpJsonOptions(json => json.SerializerOptions.Converters.Add(new JsonStringEnumConverter()));
        builder.Services.AddProblemDetails();
        builder.Services.AddSingleton(settings);
        builder.Services.AddSingleton(TimeProvider.System);
        var slot = AddCards(builder.Services, settings);
        builder.Services.AddSingleton(services => new MoneyJournal(Path.Combine(settings.DataFolder, "money.journal"), services.GetRequiredService<TimeProvider>()));
        builder.Services.AddSingleton(services => new HttpClient(settings.Training ? new TrainingPlatform(services.GetRequiredService<TimeProvider>()) : new SocketsHttpHandler()) { BaseAddress = new Uri(settings.Platform.TrimEnd('/') + "/"), Timeout = TimeSpan.FromSeconds(settings.PlatformTimeoutSeconds) });
        builder.Services.AddSingleton<AccessTokens>().AddSingleton<PlatformLink>().AddSingleton<Bridge>();
        builder.Services.AddSingleton<OfflineDesk>().AddSingleton<OfflineJournal>().AddSingleton<DeskBlacklist>().AddSingleton<OfflineDebits>().AddSingleton<OfflineVisits>();
        builder.Services.AddSingleton<OfflineUpkeep>().AddHostedService(services => services.GetRequiredService<OfflineUpkeep>());
        builder.Services.AddSingleton<DeskFeed>().AddSingleton<VisitStore>().AddSingleton<DebitProofs>().AddSingleton<OutcomeReporter>().AddSingleton<Settling>();
        builder.Services.AddSingleton<Payment>().AddSingleton<Tapping>().AddSingleton<LoadStore>().AddSingleton<Loading>().AddSingleton<Visits>().AddSingleton<ReceiptPrinter>().AddSingleton<Pairing>().AddSingleton<SocketCommands>().AddSingleton<DeskSocket>();
        builder.Services.AddSingleton<DeskService>().AddHostedService(services => services.GetRequiredService<DeskService>());
        adjust?.Invoke(builder);

        var app = builder.Build();
        app.UseExceptionHandler();
        app.UseMiddleware<LoopbackOnly>();
        app.UseWebSockets();
        DeskSocket.Map(app);
        AgentApi.Map(app);
        DeskPage.Map(app);
        if (slot is not null) ChipControl.Map(app, app.Services.GetRequiredService<IVirtualChip>(), ChipFolder(settings));
        return app;
    }

    // Returns the slot when the chip is virtual and in this process.
    private static VirtualSlot? AddCards(IServiceCollection services, AgentSettings settings)
    {
        services.AddSingleton(_ => DeskSamFactory.Open(settings));
        services.AddSingleton<DeskCards>();
        if (settings.Transport == "pcsc" || (settings.Transport == "auto" && PcscTransport.Readers() is { Count: > 0 }))
        {
            services.AddSingleton<ICardTransport>(new PcscTransport(settings.Reader));
            return null;
        }
        if (!settings.Development && !settings.Training) throw new InvalidOperationException("No PC/SC reader answers, and the virtual chip needs Agent:Development=true.");
        var slot = new VirtualSlot();
        var chip = new SlotChip(slot, TimeSpan.FromMilliseconds(settings.ChipMilliseconds));
        var image = settings.Training ? TrainingCard.In(settings.DataFolder) : settings.ChipImage;
        if (image.Length > 0) chip.Insert(image);
        services.AddSingleton<ICardTransport>(slot);
        services.AddSingleton<IVirtualChip>(chip);
        return slot;
    }

    private static string ChipFolder(AgentSettings settings) =>
        settings.ChipFolder.Length > 0 ? settings.ChipFolder
        : settings.ChipImage.Length > 0 ? Path.GetDirectoryName(Path.GetFullPath(settings.ChipImage))!
        : settings.DataFolder;
}
