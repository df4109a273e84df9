using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;

namespace Health.IntegrationTests.CardBridge;

/// <summary>One of the programs of tests/Simulators as a process of its own on a free port.</summary>
internal sealed class Simulator : IAsyncDisposable
{
    /// <summary>What comes before the address in the lines the programs print once they listen.</summary>
    private static readonly string[] Markers = ["Now listening on: ", "simulator on "];

    private const int MostTries = 300;
    private readonly string name;
    private readonly string[] arguments;
    private Process process;

    private Simulator(string name, string[] arguments, Process process, Uri address)
    {
        this.name = name;
        this.arguments = arguments;
        this.process = process;
        Address = address;
        Http = new HttpClient { BaseAddress = address };
    }

    public Uri Address { get; }
    public HttpClient Http { get; }

    /// <param name="name"><c>Insurer</c>, <c>CityCard</c>, <c>Acquirer</c> or <c>Hospital</c>.</param>
    public static async Task<Simulator> Start(string name, params string[] arguments)
    {
        var (process, address) = await Launch(name, "http://127.0.0.1:0", arguments);
        return new Simulator(name, arguments, process, address);
    }

    /// <summary>kill -9, and again at the same address: what it knows then is what stands in its journal.</summary>
    public async Task Restart()
    {
        process.Kill();
        await process.WaitForExitAsync();
        process.Dispose();
        (process, _) = await Launch(name, Address.ToString().TrimEnd('/'), arguments);
    }

    private static async Task<(Process Process, Uri Address)> Launch(string name, string url, string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Program(name), $"--urls={url}", .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        var process = Process.Start(start)!;
        var listening = new TaskCompletionSource<Uri>(TaskCreationOptions.RunContinuationsAsynchronously);
        process.OutputDataReceived += (_, line) =>
        {
            foreach (var marker in Markers)
                if (line.Data?.IndexOf(marker, StringComparison.Ordinal) is >= 0 and var at) listening.TrySetResult(new Uri(line.Data[(at + marker.Length)..].Trim()));
        };
        process.EnableRaisingEvents = true;
        process.Exited += (_, _) => listening.TrySetException(new InvalidOperationException($"{name} ended before it listened."));
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return (process, await listening.Task.WaitAsync(TimeSpan.FromSeconds(120)));
    }

    /// <summary>A call that is made again while the program is being started again.</summary>
    public async Task<T> WhenUp<T>(Func<HttpClient, Task<T>> call)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        for (var tries = 1; ; tries++)
        {
            try
            {
                return await call(Http);
            }
            catch (HttpRequestException) when (tries < MostTries)
            {
                await timer.WaitForNextTickAsync();
            }
        }
    }

    public async Task NoMoreFaults() => (await Http.DeleteAsync("control/faults")).EnsureSuccessStatusCode();

    public async Task Fault(object fault) => (await Http.PostAsJsonAsync("control/faults", fault)).EnsureSuccessStatusCode();

    public Task<JsonElement> Ledger() => Http.GetFromJsonAsync<JsonElement>("control/ledger");

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        if (!process.HasExited) process.Kill();
        await process.WaitForExitAsync();
        process.Dispose();
    }

    private static string Program(string name)
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Health.sln"))) folder = folder.Parent;
        var program = Path.Combine(folder!.FullName, "tests", "Simulators", name, "bin", new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar)).Parent!.Name, "net10.0", $"{name}.dll");
        return File.Exists(program) ? program : throw new FileNotFoundException($"Build tests/Simulators/{name} first.", program);
    }
}
