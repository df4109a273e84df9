using System.Diagnostics;
using Health.Cards;

namespace Health.CardAgent.Readers;

/// <summary>
/// Starts the PC/SC service in the foreground for demo and tests, where none is running; root only, since its socket has a fixed place.
/// Never use it where the distribution runs the service.
/// </summary>
public sealed class PcscDaemon : IAsyncDisposable
{
    private const string Program = "/usr/sbin/pcscd", Folder = "/run/pcscd", Driver = "/etc/reader.conf.d/vpcd";
    private static readonly TimeSpan StartTime = TimeSpan.FromSeconds(10);
    private readonly Process? process;

    private PcscDaemon(Process? process) => this.process = process;

    /// <summary>Why a virtual reader cannot be had here; null when it can.</summary>
    public static string? Obstacle() =>
        PcscTransport.Readers() is { Count: > 0 } ? null
        : !File.Exists(Program) ? "pcscd is not installed (apt-get install pcscd vsmartcard-vpcd)"
        : !File.Exists(Driver) ? "the virtual reader is not installed (apt-get install vsmartcard-vpcd)"
        : Environment.UserName != "root" ? "pcscd is not running and only root can start it"
        : null;

    /// <summary>The running service, or one started here. Throws when it does not show a reader in time.</summary>
    public static async Task<PcscDaemon> Start(TimeProvider time, CancellationToken ct)
    {
        if (PcscTransport.Readers() is { Count: > 0 }) return new PcscDaemon(null);
        Directory.CreateDirectory(Folder);
        // Left behind by a kill: a new service would believe that the old one lives.
        foreach (var stale in (string[])["pcscd.comm", "pcscd.pid"]) File.Delete(Path.Combine(Folder, stale));
        var process = Process.Start(new ProcessStartInfo(Program, "--foreground") { RedirectStandardOutput = true, RedirectStandardError = true })
            ?? throw new InvalidOperationException("pcscd did not start.");
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        var daemon = new PcscDaemon(process);
        var started = time.GetTimestamp();
        using var poll = new PeriodicTimer(TimeSpan.FromMilliseconds(50), time);
        while (await poll.WaitForNextTickAsync(ct))
        {
            if (PcscTransport.Readers() is { Count: > 0 }) return daemon;
            if (!process.HasExited && time.GetElapsedTime(started) < StartTime) continue;
            await daemon.DisposeAsync();
            throw new InvalidOperationException("pcscd shows no reader.");
        }
        throw new OperationCanceledException(ct);
    }

    /// <summary>Ends the service if it was started here.</summary>
    public async ValueTask DisposeAsync()
    {
        if (process is null) return;
        if (!process.HasExited)
        {
            process.Kill();
            await process.WaitForExitAsync();
        }
        process.Dispose();
        foreach (var stale in (string[])["pcscd.comm", "pcscd.pid"]) File.Delete(Path.Combine(Folder, stale));
    }
}
