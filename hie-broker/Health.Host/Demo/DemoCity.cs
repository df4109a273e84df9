using Health.CardBridge.Bindings;
using Health.CardBridge.Settlements;
using Health.Contracts;
using Health.Host.Commands;
using Health.Host.EmbeddedPostgres;
using Health.Identity.Accounts;

namespace Health.Host.Demo;

/// <summary>A small city around the platform: institutions, clients, sources, and the programs that play the outside world.</summary>
public sealed class DemoCity : IAsyncDisposable
{
    private readonly PlatformAddress address;
    private readonly string hisDatabase, password;
    private DemoPrograms? programs;

    private DemoCity(PlatformAddress address, string hisDatabase, string password) =>
        (this.address, this.hisDatabase, this.password) = (address, hisDatabase, password);

    /// <summary>Settings of the platform that point it at the demo's folders and simulators.</summary>
    public IReadOnlyList<string> Settings =>
    [
        $"--Health:Identity:ClientsFolder={address.ClientsFolder}",
        $"--Health:CardBridge:InsurerUrl=http://127.0.0.1:{address.InsurerPort}",
        $"--Health:CardBridge:CityCardUrl=http://127.0.0.1:{address.CityCardPort}",
        $"--Health:CardBridge:AcquirerUrl=http://127.0.0.1:{address.AcquirerPort}",
        $"--Health:CardBridge:HisUrl=http://127.0.0.1:{address.HospitalPort}",
    ];

    public string HowToSignIn => $"  desk http://127.0.0.1:{address.DeskPort}  sign in as {DemoClients.ConsoleUser} / {password}  tokens: ./health token --client demo-hospital --port {address.Port} --data {address.Data}";

    /// <summary>What must be there before the platform starts: keys of clients, profiles of sources, the county hospital's database.</summary>
    public static async Task<DemoCity> Prepare(PlatformAddress address, PostgresCluster? cluster, CancellationToken ct)
    {
        if (cluster is null) throw new InvalidOperationException("The demo keeps the county hospital's database beside the platform's: leave --database out.");
        var hisDatabase = await cluster.EnsureDatabase("his", ct);
        DemoClients.Write(address.ClientsFolder);
        DemoSources.Write(address.SourcesFolder, hisDatabase);
        var city = new DemoCity(address, hisDatabase, DemoClients.Password(address.Data));
        // The simulators come first: the poller finds the view, the bridge its insurer.
        city.programs = await DemoPrograms.StartOutside(address, hisDatabase, ct);
        return city;
    }

    /// <summary>What needs the running platform.</summary>
    public async Task Populate(IServiceProvider services, CancellationToken ct)
    {
        var node = services.GetRequiredService<NodeIdentity>();
        var header = new EventHeader(node.NodeId, "system:demo", PurposeOfUse.HOPERAT, "demo");
        var directory = services.GetRequiredService<IDirectory>();
        foreach (var institution in DemoInstitutions.All) await directory.Register(institution, header, ct);
        await DemoInstitutions.WriteOrganizations(services.GetRequiredService<IRecordStore>(), header, ct);
        await DemoFees.Map(services.GetRequiredService<FeeCatalogue>(), ct);
        await services.GetRequiredService<Accounts>().Ensure(DemoClients.ConsoleUser, password, "commission", null, ct);
        await programs!.StartDesk(address, services.GetRequiredService<IssuerKey>().Key.Public, ct);
    }

    public async ValueTask DisposeAsync()
    {
        if (programs is not null) await programs.DisposeAsync();
    }
}
