using Health.Contracts;
using Health.Host.Commands;
using Health.Host.EmbeddedPostgres;

namespace Health.Host.Demo;

/// <summary>A small city around the platform: institutions, clients, sources, and the programs that play the outside world.</summary>
public sealed class DemoCity : IAsyncDisposable
{
    private readonly List<ChildProgram> programs = [];

    private DemoCity(IReadOnlyList<string> settings) => Settings = settings;

    /// <summary>Settings of the platform that point it at the demo's folders and simulators.</summary>
    public IReadOnlyList<string> Settings { get; }

    public string HowToSignIn => "";

    /// <summary>What must be there before the platform starts: keys of clients, profiles of sources.</summary>
    public static Task<DemoCity> Prepare(PlatformAddress address, PostgresCluster? cluster, CancellationToken ct)
    {
        return Task.FromResult(new DemoCity([]));
    }

    /// <summary>What needs the running platform.</summary>
    public async Task Populate(IServiceProvider services, CancellationToken ct)
    {
        var node = services.GetRequiredService<NodeIdentity>();
        var header = new EventHeader(node.NodeId, "system:demo", PurposeOfUse.HOPERAT, "demo");
        var directory = services.GetRequiredService<IDirectory>();
        foreach (var institution in DemoInstitutions.All) await directory.Register(institution, header, ct);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var program in Enumerable.Reverse(programs)) await program.DisposeAsync();
    }
}
