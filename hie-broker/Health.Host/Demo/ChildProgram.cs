using System.Diagnostics;

namespace Health.Host.Demo;

/// <summary>
/// A program of the demo beside the platform. A small shell holds our end of a pipe: when we die, however we die, the pipe closes and the
/// program is told to end, so no orphan keeps a port.
/// </summary>
public sealed class ChildProgram : IAsyncDisposable
{
    private const string Guard =
        """exec 3<&0; "$@" </dev/null 3<&- & child=$!; { cat <&3 >/dev/null; kill -TERM $child 2>/dev/null; } & wait $child""";

    private readonly Process guard;
    private readonly string name;

    private ChildProgram(Process guard, string name) => (this.guard, this.name) = (guard, name);

    /// <param name="program">Path of the executable; its output goes to <paramref name="logFile"/>.</param>
    public static ChildProgram Start(string name, string program, IEnumerable<string> arguments, string logFile, IReadOnlyDictionary<string, string>? environment = null)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(logFile)!);
        var start = new ProcessStartInfo("/bin/sh") { RedirectStandardInput = true, UseShellExecute = false, WorkingDirectory = Path.GetDirectoryName(program)! };
        foreach (var argument in (string[])["-c", $"exec >>\"$0\" 2>&1; {Guard}", logFile, program, .. arguments]) start.ArgumentList.Add(argument);
        foreach (var (key, value) in environment ?? new Dictionary<string, string>()) start.Environment[key] = value;
        return new ChildProgram(Process.Start(start)!, name);
    }

    /// <summary>Waits until the program answers its liveness address.</summary>
    /// <exception cref="InvalidOperationException">It ended, or does not answer within 60 s, which a busy machine may take.</exception>
    public async Task UntilAlive(Uri address, CancellationToken ct)
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(2) };
        using var limit = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        for (var tries = 0; tries < 600; tries++)
        {
            if (guard.HasExited) throw new InvalidOperationException($"{name} ended with exit code {guard.ExitCode}; see its log.");
            if (await Answers(http, address, ct)) return;
            await limit.WaitForNextTickAsync(ct);
        }

        throw new InvalidOperationException($"{name} does not answer at {address}.");
    }

    public async ValueTask DisposeAsync()
    {
        guard.StandardInput.Close();
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(5));
        try
        {
            await guard.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            guard.Kill(entireProcessTree: true);
        }

        guard.Dispose();
    }

    private static async Task<bool> Answers(HttpClient http, Uri address, CancellationToken ct)
    {
        try
        {
            using var answer = await http.GetAsync(address, ct);
            return answer.IsSuccessStatusCode;
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException && !ct.IsCancellationRequested)
        {
            return false; // not listening yet
        }
    }
}
