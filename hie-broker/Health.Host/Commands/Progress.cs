using System.Diagnostics;

namespace Health.Host.Commands;

/// <summary>How far a long work is: a bar that redraws on a terminal, a line now and then elsewhere.</summary>
public sealed class Progress(string what, long total)
{
    private const int Width = 30;
    private static readonly TimeSpan OnTerminal = TimeSpan.FromMilliseconds(200), Elsewhere = TimeSpan.FromSeconds(5);
    private readonly Stopwatch clock = Stopwatch.StartNew();
    private readonly Lock turn = new();
    private TimeSpan shown;
    private long done;

    public void Add(long count)
    {
        lock (turn)
        {
            done += count;
            var now = clock.Elapsed;
            if (now - shown < (Terminal.IsOutputRedirected ? Elsewhere : OnTerminal)) return;
            shown = now;
            Show(last: false);
        }
    }

    /// <summary>The closing line with the rate.</summary>
    public void End()
    {
        lock (turn) Show(last: true);
    }

    private void Show(bool last)
    {
        var rate = done / Math.Max(clock.Elapsed.TotalSeconds, 0.001);
        var line = $"{done} of {total} {what}  {rate:0}/s  {clock.Elapsed.TotalSeconds:0.0} s";
        if (Terminal.IsOutputRedirected)
        {
            Terminal.WriteLine(line);
            return;
        }

        var filled = total == 0 ? Width : (int)Math.Min(Width, Width * done / total);
        Terminal.Write($"\r[{new string('#', filled)}{new string('.', Width - filled)}] {line} ");
        if (last) Terminal.WriteLine();
    }
}
