using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.Sockets;

namespace Health.SimulationTests.Platform;

/// <summary>
/// A platform as an operator starts it: the program itself, in a folder of its own, on ports of its own. Everything the tests do goes through
/// its doors.
/// </summary>
public sealed class RunningPlatform : IAsyncDisposable
{
    private const int MllpOffset = 5;
    private readonly List<string> output = [];
    private readonly bool demo;
    private Process? process;
    private bool isOurs = true;

    private RunningPlatform(string data, int port, int mllpPort, bool demo) =>
        (Data, Port, MllpPort, this.demo) = (data, port, mllpPort, demo);

    public string Data { get; }
    public int Port { get; }
    public int MllpPort { get; }
    public string BaseUrl => $"http://127.0.0.1:{Port}";
    public string PostgresFolder => Path.Combine(Data, "postgres");

    /// <summary>Null when somebody else started it.</summary>
    public int? ProcessId => process?.Id;

    public TimeSpan StartedIn { get; private set; }

    /// <summary>The line that begins with <c>ready</c>.</summary>
    public string Ready { get; private set; } = "";

    public static async Task<RunningPlatform> Start(bool demo, CancellationToken ct)
    {
        // PostgreSQL runs under an account of its own: the folder must be open to it.
        var data = Directory.CreateTempSubdirectory("health-sim-").FullName;
        File.SetUnixFileMode(data, File.GetUnixFileMode(data) | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        var port = FreePortBlock();
        var platform = new RunningPlatform(data, port, port + MllpOffset, demo);
        await platform.Start(ct);
        return platform;
    }

    /// <summary>A platform that somebody else started and will stop.</summary>
    public static RunningPlatform Attach(string data, int port, int mllpPort) => new(data, port, mllpPort, demo: true) { isOurs = false };

    /// <summary>Starts it (again); returns when it says it is ready.</summary>
    public async Task Start(CancellationToken ct)
    {
        var clock = Stopwatch.StartNew();
        var ready = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        string[] arguments = ["run", "--data", Data, "--port", $"{Port}", "--mllp-port", $"{MllpPort}", .. demo ? (string[])["--demo"] : []];
        process = Launch(arguments, line =>
        {
            if (line.StartsWith("ready", StringComparison.Ordinal)) ready.TrySetResult(line);
        });
        process.EnableRaisingEvents = true;
        process.Exited += (_, _) => ready.TrySetException(new InvalidOperationException($"The platform ended before it was ready:\n{Tail()}"));
        Ready = await ready.Task.WaitAsync(TimeSpan.FromMinutes(2), ct);
        StartedIn = clock.Elapsed;
    }

    /// <summary>kill -9 of the platform's process; its children must notice by themselves.</summary>
    public async Task Kill()
    {
        process!.Kill();
        await process.WaitForExitAsync();
    }

    /// <summary>kill -9 of the database server.</summary>
    public void KillDatabase()
    {
        var pidFile = Path.Combine(PostgresFolder, "data", "postmaster.pid");
        if (!File.Exists(pidFile)) return; // just being restarted
        using var kill = Process.Start("kill", ["-9", File.ReadLines(pidFile).First()]);
        kill.WaitForExit();
    }

    /// <summary>SIGTERM, as an operator stops it; returns how long it took and the exit code.</summary>
    public async Task<(TimeSpan Took, int ExitCode)> Stop()
    {
        var clock = Stopwatch.StartNew();
        using (var kill = Process.Start("kill", ["-TERM", $"{process!.Id}"])) await kill.WaitForExitAsync();
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        await process.WaitForExitAsync(patience.Token);
        return (clock.Elapsed, process.ExitCode);
    }

    /// <summary>One verb of the command, run to its end.</summary>
    public async Task<(int ExitCode, string Output)> Verb(params string[] arguments)
    {
        var lines = new List<string>();
        using var verb = Launch([.. arguments, "--data", Data, "--port", $"{Port}", "--mllp-port", $"{MllpPort}"], line => { lock (lines) lines.Add(line); });
        await verb.WaitForExitAsync();
        return (verb.ExitCode, string.Join('\n', lines));
    }

    /// <summary>A client of the platform with an access token of a demo client.</summary>
    public async Task<HttpClient> Client(string clientId)
    {
        var (code, text) = await Verb("token", "--client", clientId);
        if (code != 0) throw new InvalidOperationException($"No token for {clientId}: {text}");
        var http = new HttpClient { BaseAddress = new Uri(BaseUrl) };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", text.Split('\n').Last(line => line.Length > 0).Trim());
        return http;
    }

    public string Tail()
    {
        lock (output) return string.Join('\n', output.TakeLast(40));
    }

    public async ValueTask DisposeAsync()
    {
        if (process is { HasExited: false }) await Stop();
        process?.Dispose();
        if (isOurs && Environment.GetEnvironmentVariable("HEALTH_KEEP") is null) Directory.Delete(Data, recursive: true);
    }

    private Process Launch(string[] arguments, Action<string> onLine)
    {
        var start = new ProcessStartInfo(HostProgram()) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        start.Environment["HEALTH_ROOT"] = Root();
        var launched = Process.Start(start)!;
        void Take(string? line)
        {
            if (line is null) return;
            lock (output) output.Add(line);
            onLine(line);
        }

        launched.OutputDataReceived += (_, e) => Take(e.Data);
        launched.ErrorDataReceived += (_, e) => Take(e.Data);
        launched.BeginOutputReadLine();
        launched.BeginErrorReadLine();
        return launched;
    }

    /// <summary>The host of the same build configuration as this program.</summary>
    private static string HostProgram()
    {
        var own = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd('/'));
        return Path.Combine(Root(), "hie-broker", "Health.Host", "bin", own.Parent!.Name, own.Name, "Health.Host");
    }

    public static string Root()
    {
        var at = new DirectoryInfo(AppContext.BaseDirectory);
        while (at is not null && !File.Exists(Path.Combine(at.FullName, "Health.sln"))) at = at.Parent;
        return at?.FullName ?? throw new InvalidOperationException("Health.sln is not above the test program.");
    }

    /// <summary>
    /// A base port below the ephemeral range such that all ports the platform derives from it are free: HTTP, MLLP (+5), MLLPS (+6), desk and
    /// simulators (+11 … +16).
    /// </summary>
    private static int FreePortBlock()
    {
        const int first = 20000, blocks = 400, width = 25;
        var start = Random.Shared.Next(blocks);
        for (var i = 0; i < blocks; i++)
        {
            var port = first + (start + i) % blocks * width;
            if (((int[])[0, MllpOffset, 6, 11, 12, 13, 14, 15, 16]).All(offset => IsFree(port + offset))) return port;
        }

        throw new InvalidOperationException("No free block of ports.");
    }

    private static bool IsFree(int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, port));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
