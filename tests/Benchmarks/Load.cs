using System.Diagnostics;

namespace Health.Benchmarks;

/// <summary>Rate and latencies (ms, sorted) of one measurement.</summary>
public sealed record Measured(double PerSecond, double[] Milliseconds)
{
    /// <summary>Share of requests that failed.</summary>
    public double Errors { get; init; }

    public double Percentile(double p) => Milliseconds.Length == 0 ? double.NaN : Milliseconds[Math.Min(Milliseconds.Length - 1, (int)(p * Milliseconds.Length))];
}

/// <summary>Closed-loop load: each client sends the next request when the last one is answered.</summary>
public static class Load
{
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(2), Measure = TimeSpan.FromSeconds(5);

    /// <summary>Number of the first request that counts: the warm-up's numbers are below, so no number comes twice.</summary>
    private const int FirstMeasured = 1_000_000;

    /// <param name="clients">Parallel clients.</param>
    /// <param name="client">Makes one client's action; called with the client's number, the action with the request's number.</param>
    public static async Task<Measured> Run(int clients, Func<int, Task<Func<int, Task>>> client)
    {
        var actions = new List<Func<int, Task>>();
        for (var i = 0; i < clients; i++) actions.Add(await client(i));
        await Loop(actions, WarmUp, 0);
        return await Loop(actions, Measure, FirstMeasured);
    }

    private static async Task<Measured> Loop(List<Func<int, Task>> actions, TimeSpan duration, int firstNumber)
    {
        var clock = Stopwatch.StartNew();
        var times = await Task.WhenAll(actions.Select(action => Task.Run(async () =>
        {
            var own = new List<double>();
            for (var number = firstNumber; clock.Elapsed < duration; number++)
            {
                var before = clock.Elapsed;
                await action(number);
                own.Add((clock.Elapsed - before).TotalMilliseconds);
            }

            return own;
        })));
        var elapsed = clock.Elapsed.TotalSeconds;
        double[] all = [.. times.SelectMany(t => t).Order()];
        return new Measured(all.Length / elapsed, all);
    }
}
