using Health.Host.EmbeddedPostgres;
using Npgsql;

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
    /// <remarks>
    /// Hundreds of tests share the server, each with pools of its own: what a test no longer uses is given back within seconds, not after the
    /// five minutes that suit a platform. Otherwise a fast run meets the server's limit of connections.
    /// </remarks>
    public async Task<string> New() =>
        new NpgsqlConnectionStringBuilder(await Cluster.EnsureDatabase($"test{Interlocked.Increment(ref count)}")) { ConnectionIdleLifetime = 5, ConnectionPruningInterval = 2 }.ConnectionString;

    // Durability is what the fault suite proves, with fsync on; here only speed would be lost.
    public async ValueTask InitializeAsync()
    {
        File.SetUnixFileMode(folder, File.GetUnixFileMode(folder) | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        cluster = await PostgresCluster.Start(Path.Combine(folder, "postgres"), extraSettings: ["fsync=off", "max_connections=300", "shared_buffers=256MB"]);
    }

    public async ValueTask DisposeAsync()
    {
        if (cluster is not null) await cluster.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }
}
