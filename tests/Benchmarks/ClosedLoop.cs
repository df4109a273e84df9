using System.Diagnostics;
using System.Text;
using Health.Host.Commands;
using Health.SimulationTests.Platform;

namespace Health.Benchmarks;

/// <summary>Closed-loop load over raw connections, one thread each: a client sends its next request when the last one is answered.</summary>
/// <param name="seconds">How long a measurement lasts, after a warm-up of its own.</param>
public sealed class ClosedLoop(RunningPlatform platform, int seconds)
{
    private const int WarmUpSeconds = 2;
    private static int firstNumber;

    /// <summary>Sends one request; false is an error. The number is never given twice in a run.</summary>
    public delegate bool Shot(RawHttp http, byte[] tail, int number);

    public int Seconds => seconds;

    /// <summary>Measures requests to the platform's FHIR door with a fresh token.</summary>
    public async Task<Measured> Fhir(int clients, Shot shot, string client = "demo-hospital", int? lasting = null)
    {
        var tail = await Tail(client);
        return Run(platform.Port, clients, tail, shot, lasting ?? seconds);
    }

    public async Task<byte[]> Tail(string client, params string[] headers)
    {
        var token = await PlatformClient.Token(Doors.Address(platform), client, null, CancellationToken.None);
        return RawHttp.Tail(platform.Port, token.Value, headers);
    }

    /// <summary>The same against another port of this machine.</summary>
    public Measured Bare(int port, int clients, Shot shot) => Run(port, clients, RawHttp.Tail(port, null), shot, seconds);

    /// <summary>A GET whose path depends on the number; anything but 200 is an error.</summary>
    public static Shot Get(Func<int, string> path) => (http, tail, number) => IsOk(http.Get(path(number), tail), http);

    /// <summary>Counts, and shows the first answers that are not as they should be.</summary>
    public static bool IsOk(int status, RawHttp http)
    {
        if (status is 200 or 201) return true;
        if (Interlocked.Increment(ref shown) <= MostShown) Terminal.Error.WriteLine($"       answered {status}: {Encoding.UTF8.GetString(http.Body[..Math.Min(http.Body.Length, 400)])}");
        return false;
    }

    private const int MostShown = 5;
    private static int shown;

    private static Measured Run(int port, int clients, byte[] tail, Shot shot, int seconds)
    {
        Loop(port, clients, tail, shot, Math.Min(WarmUpSeconds, seconds));
        return Loop(port, clients, tail, shot, seconds);
    }

    private static Measured Loop(int port, int clients, byte[] tail, Shot shot, int seconds)
    {
        var results = new List<double>[clients];
        var errors = 0;
        var clock = Stopwatch.StartNew();
        var threads = Enumerable.Range(0, clients).Select(client => new Thread(() =>
        {
            using var http = new RawHttp(port);
            var own = results[client] = [];
            while (clock.Elapsed.TotalSeconds < seconds)
            {
                var before = Stopwatch.GetTimestamp();
                if (!shot(http, tail, Interlocked.Increment(ref firstNumber))) Interlocked.Increment(ref errors);
                own.Add(Stopwatch.GetElapsedTime(before).TotalMilliseconds);
            }
        }) { IsBackground = true }).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        var elapsed = clock.Elapsed.TotalSeconds;
        double[] all = [.. results.SelectMany(own => own).Order()];
        return new Measured((all.Length - errors) / elapsed, all) { Errors = all.Length == 0 ? 0 : (double)errors / all.Length };
    }
}
