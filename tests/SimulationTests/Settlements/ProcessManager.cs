using Health.CardBridge;
using Health.CardBridge.Bindings;
using Health.CardBridge.Log;
using Health.CardBridge.Payers;
using Health.Contracts;
using Health.IntegrationTests.Platform;
using Marten;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Health.SimulationTests.Settlements;

/// <summary>
/// The card bridge of one institution with doors, process manager and resolver, over the city's store. It can be dropped at any moment, as by a crash, and is made
/// anew from the store. What is not its own (event store, keys, audit, records) belongs to the city.
/// </summary>
public sealed class ProcessManager : IAsyncDisposable
{
    private readonly City city;
    private readonly string institution, name;
    private readonly Lock turn = new();
    private Task<Running> running;

    private sealed record Running(WebApplication App, HttpClient Desk);

    public ProcessManager(City city, string institution, int lane)
    {
        this.city = city;
        this.institution = institution;
        name = $"lane-{lane}";
        Wire = new Wire(drops => drops ? DropNow() : city.Cut(name));
        running = Start();
    }

    public Wire Wire { get; }
    public int Drops { get; private set; }

    /// <summary>The door, as soon as there is one.</summary>
    public async Task<HttpClient> Desk()
    {
        Task<Running> now;
        lock (turn) now = running;
        return (await now).Desk;
    }

    public Task CutConnections() => city.Cut(name);

    /// <summary>Ends the process manager where it stands; another is made from the store.</summary>
    public Task DropNow()
    {
        lock (turn)
        {
            var old = running;
            Drops++;
            running = Task.Run(async () =>
            {
                await End(await old);
                return await Start();
            });
        }
        return Task.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        Task<Running> last;
        lock (turn) last = running;
        await End(await last);
        Wire.Dispose();
    }

    private static async Task End(Running old)
    {
        old.App.Lifetime.StopApplication();
        // No grace: requests that are under way are cut.
        await old.App.StopAsync(new CancellationToken(canceled: true));
        await old.App.DisposeAsync();
        old.Desk.Dispose();
    }

    private async Task<Running> Start()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        builder.Configuration.AddInMemoryCollection(city.BridgeSettings);
        builder.Configuration["Health:CardBridge:OnlyInstitutions:0"] = institution;
        TestCaller.Use(builder);
        builder.Services.AddAuthorization();
        // Its work ends with it: no stop takes longer than a crash.
        builder.Services.Configure<HostOptions>(options => (options.ShutdownTimeout, options.BackgroundServiceExceptionBehavior) = (TimeSpan.Zero, BackgroundServiceExceptionBehavior.Ignore));
        CardBridgeModule.Add(builder);
        Borrow(builder.Services);
        var app = builder.Build();
        app.UseAuthentication();
        app.UseAuthorization();
        CardBridgeModule.Map(app);
        await app.StartAsync();
        var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        using var any = new HttpClient { BaseAddress = new Uri(address), Timeout = TimeSpan.FromSeconds(30) };
        return new Running(app, any.As($"desk-{name}", institution, "desk"));
    }

    private void Borrow(IServiceCollection services)
    {
        var (of, settings) = (city.Services, CardBridgeSettings.Read(city.Configuration));
        services.AddSingleton(of.GetRequiredService<IDocumentStore>()).AddSingleton(of.GetRequiredService<IAuditTrail>()).AddSingleton(of.GetRequiredService<IKeyring>())
            .AddSingleton(of.GetRequiredService<IDirectory>()).AddSingleton(of.GetRequiredService<IResidentIndex>()).AddSingleton(of.GetRequiredService<IRecordStore>())
            .AddSingleton(of.GetRequiredService<NodeIdentity>()).AddSingleton(TimeProvider.System);
        // The city delivers what is in the outbox; it must hear of it.
        services.AddSingleton(of.GetRequiredService<OutboxSignal>());
        services.Remove(services.Single(service => service.ImplementationType == typeof(OutboxDispatcher)));
        services.AddSingleton(_ => NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(city.ConnectionString) { ApplicationName = name, MaxPoolSize = 5, ConnectionIdleLifetime = 30 }));
        services.Replace(ServiceDescriptor.Singleton(new PayerBook(new NationalInterface(Client(settings.InsurerUrl), settings))));
        services.Replace(ServiceDescriptor.Singleton(new CityCardOperator(Client(settings.CityCardUrl))));
        services.Replace(ServiceDescriptor.Singleton(new Acquirer(Client(settings.AcquirerUrl))));
        services.Replace(ServiceDescriptor.Singleton(new HospitalSystem(Client(settings.HisUrl))));
        HttpClient Client(Uri address) => new(Wire, disposeHandler: false) { BaseAddress = address, Timeout = settings.AnswerTimeout };
    }
}
