using Health.Host.EmbeddedPostgres;

[assembly: AssemblyFixture(typeof(Health.IntegrationTests.Platform.Database))]

namespace Health.IntegrationTests.Platform;

/// <summary>One private PostgreSQL cluster for the whole run, in a temporary folder; a new database per caller.</summary>
public sealed class Database : IAsyncLifetime
{
    private readonly string folder = Directory.CreateTempSubdirectory("health-test-").FullName;
    private PostgresCluster? cluster;
    private int count;

    public PostgresCluster Cluster => cluster ?? throw new InvalidOperationException("The cluster is not started.");

    /// <summary>Connection string of a new, empty database.</summary>
    public Task<string> New() => Cluster.EnsureDatabase($"test{Interlocked.Increment(ref count)}");

    // Durability is what the fault suite proves, with fsync on; here only speed would be lost.
    public async ValueTask InitializeAsync()
    {
        File.SetUnixFileMode(folder, File.GetUnixFileMode(folder) | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        cluster = await PostgresCluster.Start(Path.Combine(folder, "postgres"), extraSettings: ["fsync=off"]);
    }

    public async ValueTask DisposeAsync()
    {
        if (cluster is not null) await cluster.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }
}
