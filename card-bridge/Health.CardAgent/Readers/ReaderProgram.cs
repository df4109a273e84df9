using System.Runtime.InteropServices;
using Health.Cards;

namespace Health.CardAgent.Readers;

/// <summary><c>Health.CardAgent reader</c>: the PC/SC service with its virtual readers, until this program is ended. For the demo; root only.</summary>
public static class ReaderProgram
{
    public static async Task<int> Run()
    {
        if (PcscDaemon.Obstacle() is { } obstacle)
        {
            await Console.Error.WriteLineAsync(obstacle);
            return 3;
        }
        var end = new TaskCompletionSource();
        using var term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal => { signal.Cancel = true; end.TrySetResult(); });
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, signal => { signal.Cancel = true; end.TrySetResult(); });
        await using var daemon = await PcscDaemon.Start(TimeProvider.System, default);
        Console.WriteLine($"ready readers {string.Join(", ", PcscTransport.Readers() ?? [])}");
        await end.Task;
        return 0;
    }
}
