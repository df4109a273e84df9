using System.Diagnostics;

namespace Health.Benchmarks;

/// <summary>One line for each step, with the share that is done; on a terminal and in a log alike.</summary>
public sealed class Progress(int steps)
{
    private readonly Stopwatch clock = Stopwatch.StartNew();
    private int done;

    /// <summary>Says what begins now.</summary>
    public void Next(string what) => Terminal.Error.WriteLine($"{100 * Math.Min(done++, steps) / steps,3} %  {clock.Elapsed.TotalSeconds,4:0} s  {what}");

    public void End() => Terminal.Error.WriteLine($"100 %  {clock.Elapsed.TotalSeconds,4:0} s  done");
}
