using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Npgsql;

namespace Health.Host.EmbeddedPostgres;

/// <summary>
/// A private PostgreSQL cluster in a folder: made on first use, started and stopped with its owner, adopted when an owner that was
/// killed left it running. Unix socket in the folder and loopback, SCRAM passwords, durable commits. Never runs as root: an owner that
/// is root hands it to the <c>postgres</c> account.
/// </summary>
public sealed class PostgresCluster : IAsyncDisposable
{
    private const string SuperUser = "health";
    private readonly string folder, data, binaries, password;
    private bool stopsOnDispose = true;
    private IReadOnlyList<string> extraSettings = [];

    private PostgresCluster(string folder, string password, int port)
    {
        this.folder = folder;
        this.password = password;
        data = Path.Combine(folder, "data");
        binaries = PostgresBinaries.Folder();
        Port = port;
    }

    public int Port { get; private set; }

    /// <summary>Process id of the postmaster, for those who mean to kill it in a fault test.</summary>
    public int ProcessId => int.Parse(File.ReadLines(Path.Combine(data, "postmaster.pid")).First());

    /// <param name="folder">Made when missing. Its parents must be open to the account that runs PostgreSQL.</param>
    /// <param name="port">Loopback port; 0 takes a free one (and keeps the one of an adopted cluster).</param>
    /// <param name="extraSettings">Lines for postgresql.auto settings given at start, e.g. <c>fsync=off</c> for tests.</param>
    public static async Task<PostgresCluster> Start(string folder, int port = 0, IReadOnlyList<string>? extraSettings = null, CancellationToken ct = default)
    {
        Directory.CreateDirectory(folder);
        var passwordFile = Path.Combine(folder, "password");
        if (!File.Exists(passwordFile))
        {
            await File.WriteAllTextAsync(passwordFile, Convert.ToHexString(RandomNumberGenerator.GetBytes(24)), ct);
            File.SetUnixFileMode(passwordFile, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        var cluster = new PostgresCluster(folder, (await File.ReadAllTextAsync(passwordFile, ct)).Trim(), port);
        await cluster.Initialise(ct);
        cluster.extraSettings = extraSettings ?? [];
        if (cluster.IsRunning()) cluster.Port = cluster.RunningPort();
        else await cluster.LaunchAfterKill(ct);
        return cluster;
    }

    /// <summary>Uses the cluster of a running platform and leaves it running; starts and later stops it when none runs.</summary>
    /// <exception cref="InvalidOperationException">The folder holds no cluster.</exception>
    public static async Task<PostgresCluster> Attach(string folder, CancellationToken ct = default)
    {
        if (!File.Exists(Path.Combine(folder, "initialised")))
            throw new InvalidOperationException($"{folder} holds no database: start the platform once with './health run --data …'.");
        var wasRunning = new PostgresCluster(folder, "", 0).IsRunning();
        var cluster = await Start(folder, ct: ct);
        cluster.stopsOnDispose = !wasRunning;
        return cluster;
    }

    public string ConnectionString(string database) =>
        new NpgsqlConnectionStringBuilder
        {
            Host = "127.0.0.1",
            Port = Port,
            Username = SuperUser,
            Password = password,
            Database = database,
            MaxPoolSize = 40,
            IncludeErrorDetail = false,
        }.ConnectionString;

    /// <summary>Makes the database unless it is there; returns its connection string.</summary>
    public async Task<string> EnsureDatabase(string name, CancellationToken ct = default)
    {
        await using var connection = new NpgsqlConnection(ConnectionString("postgres"));
        await connection.OpenAsync(ct);
        await using var find = new NpgsqlCommand("select 1 from pg_database where datname = $1", connection) { Parameters = { new() { Value = name } } };
        if (await find.ExecuteScalarAsync(ct) is null)
        {
            await using var make = new NpgsqlCommand($"create database \"{name}\" encoding 'UTF8' template template0", connection);
            await make.ExecuteNonQueryAsync(ct);
        }

        return ConnectionString(name);
    }

    public async ValueTask DisposeAsync()
    {
        if (stopsOnDispose && IsRunning()) await Run("pg_ctl", ["stop", "-D", data, "-m", "fast", "-w", "-t", "8"], CancellationToken.None);
    }

    private async Task Initialise(CancellationToken ct)
    {
        if (File.Exists(Path.Combine(data, "PG_VERSION")) && File.Exists(Path.Combine(folder, "initialised"))) return;
        if (Directory.Exists(data)) Directory.Delete(data, recursive: true); // an initdb that was cut off
        var handed = Path.Combine(folder, "initdb-password");
        await File.WriteAllTextAsync(handed, password, ct);
        if (Environment.IsPrivilegedProcess)
        {
            await Execute("chown", ["postgres", folder, handed], ct);
        }

        try
        {
            await Run("initdb", ["-D", data, "-U", SuperUser, "--pwfile", handed, "--auth=scram-sha-256", "-E", "UTF8", "--locale=C.UTF-8", "--data-checksums"], ct);
        }
        finally
        {
            File.Delete(handed);
        }

        await File.WriteAllTextAsync(Path.Combine(folder, "initialised"), "", ct);
    }

    /// <summary>Starts the server again on the same port when it is gone, e.g. killed. Does nothing while it runs.</summary>
    public async Task Revive(CancellationToken ct)
    {
        if (!IsRunning()) await Launch(ct);
    }

    /// <summary>
    /// Processes of a server that was killed hold its shared memory until they notice, and PostgreSQL rightly refuses to start beside them.
    /// </summary>
    private async Task LaunchAfterKill(CancellationToken ct)
    {
        const int mostTries = 30;
        using var pause = new PeriodicTimer(TimeSpan.FromMilliseconds(500));
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await Launch(ct);
                return;
            }
            catch (InvalidOperationException) when (attempt < mostTries && File.Exists(Path.Combine(data, "postmaster.pid")))
            {
                await pause.WaitForNextTickAsync(ct);
            }
        }
    }

    private async Task Launch(CancellationToken ct)
    {
        if (Port == 0) Port = FreePort();
        string[] settings =
        [
            $"port={Port}", "listen_addresses=127.0.0.1", $"unix_socket_directories={data}", "max_connections=120",
            $"shared_buffers={SharedBuffers()}MB", "random_page_cost=1.1", "jit=off", "max_wal_size=2GB", "wal_compression=on", "synchronous_commit=on", "fsync=on",
            .. extraSettings,
        ];
        var options = string.Join(' ', settings.Select(setting => $"-c {setting}"));
        await Run("pg_ctl", ["start", "-D", data, "-w", "-t", "60", "-l", Path.Combine(data, "server.log"), "-o", options], ct);
    }

    /// <summary>Megabytes of pages that the database keeps itself: an eighth of the memory, since the platform and the system's own cache share the machine with it.</summary>
    private static long SharedBuffers() => Math.Clamp(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (8L << 20), 128, 4096);

    private bool IsRunning()
    {
        var pidFile = Path.Combine(data, "postmaster.pid");
        if (!File.Exists(pidFile) || !int.TryParse(File.ReadLines(pidFile).FirstOrDefault(), out var pid)) return false;
        var commandLine = $"/proc/{pid}/cmdline";
        return File.Exists(commandLine) && File.ReadAllText(commandLine).Contains(data, StringComparison.Ordinal);
    }

    private int RunningPort() => int.Parse(File.ReadLines(Path.Combine(data, "postmaster.pid")).ElementAt(3));

    private Task Run(string program, string[] arguments, CancellationToken ct)
    {
        var path = Path.Combine(binaries, program);
        return Environment.IsPrivilegedProcess
            ? Execute("setpriv", ["--reuid=postgres", "--regid=postgres", "--init-groups", path, .. arguments], ct)
            : Execute(path, arguments, ct);
    }

    private static async Task Execute(string program, string[] arguments, CancellationToken ct)
    {
        // The output of pg_ctl goes to a file of its own: a pipe would be inherited by the server and never close.
        var log = Path.GetTempFileName();
        try
        {
            var start = new ProcessStartInfo("/bin/sh") { WorkingDirectory = "/" };
            start.ArgumentList.Add("-c");
            start.ArgumentList.Add("log=$1; shift; exec \"$@\" >\"$log\" 2>&1 </dev/null");
            start.ArgumentList.Add("sh");
            start.ArgumentList.Add(log);
            start.ArgumentList.Add(program);
            foreach (var argument in arguments) start.ArgumentList.Add(argument);
            using var process = Process.Start(start)!;
            await process.WaitForExitAsync(ct);
            if (process.ExitCode != 0)
                throw new InvalidOperationException($"{Path.GetFileName(program)} failed ({process.ExitCode}): {(await File.ReadAllTextAsync(log, ct)).Trim()}");
        }
        finally
        {
            File.Delete(log);
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
