using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Health.SimulationTests.Platform;

namespace Health.SimulationTests.Faults;

/// <summary>
/// One address opens many senseless connections to the MLLP door and opens them again when they are closed: silent, slow (a byte a second), half a message, no
/// framing, far too long. Honest senders of another address go on meanwhile; what they notice and what memory it costs is measured before and during.
/// </summary>
public static class DoorFaults
{
    private const int HonestSenders = 8, MostMegabytes = 200, OversizeEvery = 50;
    private const double MostSlower = 5, Unnoticed = 100;
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(20), Harm = TimeSpan.FromSeconds(80), Pace = TimeSpan.FromMilliseconds(25), Again = TimeSpan.FromMilliseconds(500);
    private static readonly IPAddress Honest = IPAddress.Parse("127.0.0.2"), Hostile = IPAddress.Parse("127.0.0.3");

    /// <summary>What became of the hostile connections, by kind.</summary>
    private sealed class Counts
    {
        public int Opened, Closed, Refused;
    }

    private static readonly string[] Kinds = ["silent", "slow", "half a message", "no framing", "oversize"];

    /// <returns>True when every honest message was acknowledged, not much later than before, every kind was closed, and memory stayed bounded.</returns>
    public static async Task<bool> Run(int connections, TextWriter log, CancellationToken ct)
    {
        await using var platform = await RunningPlatform.Start(demo: true, ct);
        await log.WriteLineAsync($"area doors, {connections} hostile connections of one address, {HonestSenders} honest senders of another");
        // Once for the compiler, once for the measure.
        await Honestly(platform, "W", Quiet, ct);
        var before = await Honestly(platform, "B", Quiet, ct);
        var memory = Memory(platform);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var counts = Kinds.ToDictionary(kind => kind, _ => new Counts());
        var hostile = Enumerable.Range(0, connections).Select(i => Task.Run(() => Attack(platform, KindOf(i), counts[KindOf(i)], stop.Token), ct)).ToList();
        var most = memory;
        var during = Honestly(platform, "D", Harm, ct);
        using (var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(500)))
            while (!during.IsCompleted)
            {
                most = Math.Max(most, Memory(platform));
                await timer.WaitForNextTickAsync(ct);
            }

        var harmed = await during;
        await stop.CancelAsync();
        await Task.WhenAll(hostile);
        await log.WriteLineAsync($"honest before: {before.Times.Count} acknowledged, {before.Failed} not, p50 {At(before.Times, 0.5)} ms, p99 {At(before.Times, 0.99)} ms");
        await log.WriteLineAsync($"honest during: {harmed.Times.Count} acknowledged, {harmed.Failed} not, p50 {At(harmed.Times, 0.5)} ms, p99 {At(harmed.Times, 0.99)} ms");
        await log.WriteLineAsync($"memory: {memory:0} MB before, at most {most:0} MB during");
        await log.WriteLineAsync("hostile: " + string.Join(", ", counts.Select(one => $"{one.Key} {one.Value.Opened} opened {one.Value.Refused} closed at once {one.Value.Closed} closed later")));
        var isUnaffected = before.Failed + harmed.Failed == 0 && Percentile(harmed.Times, 0.99) <= Math.Max(Unnoticed, MostSlower * Percentile(before.Times, 0.99));
        return isUnaffected && most - memory <= MostMegabytes && counts.Values.All(one => one.Refused + one.Closed > 0);
    }

    private static string KindOf(int number) => number % OversizeEvery == 0 ? Kinds[4] : Kinds[number % 4];

    private static async Task<(List<double> Times, int Failed)> Honestly(RunningPlatform platform, string phase, TimeSpan duration, CancellationToken ct)
    {
        var times = new ConcurrentBag<double>();
        var failed = 0;
        var clock = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, HonestSenders).Select(sender => Task.Run(async () =>
        {
            using var client = new MllpClient(platform.MllpPort, Honest);
            using var pace = new PeriodicTimer(Pace);
            for (var number = 0; clock.Elapsed < duration; number++)
            {
                var since = Stopwatch.GetTimestamp();
                try
                {
                    var answer = await client.Send(IntakeFaults.Registration($"{phase}{sender}-{number}", sender, number), ct);
                    if (answer.Contains("MSA|AA|", StringComparison.Ordinal)) times.Add(Stopwatch.GetElapsedTime(since).TotalMilliseconds);
                    else Interlocked.Increment(ref failed);
                }
                catch (IOException)
                {
                    Interlocked.Increment(ref failed);
                }

                await pace.WaitForNextTickAsync(ct);
            }
        }, ct)));
        return ([.. times.Order()], failed);
    }

    /// <summary>One place of the attack: opens, does its harm until the platform closes, and opens again.</summary>
    private static async Task Attack(RunningPlatform platform, string kind, Counts counts, CancellationToken stop)
    {
        using var again = new PeriodicTimer(Again);
        while (!stop.IsCancellationRequested)
        {
            var since = Stopwatch.StartNew();
            try
            {
                using var client = new TcpClient(new IPEndPoint(Hostile, 0)) { NoDelay = true };
                await client.ConnectAsync(IPAddress.Loopback, platform.MllpPort, stop);
                Interlocked.Increment(ref counts.Opened);
                await Harmful(client.GetStream(), kind, stop);
            }
            catch (Exception e) when (e is IOException or SocketException)
            {
                // Reset instead of closed: the same to whoever attacks.
            }
            catch (OperationCanceledException)
            {
                return;
            }

            if (since.Elapsed < Again) Interlocked.Increment(ref counts.Refused);
            else Interlocked.Increment(ref counts.Closed);
            try
            {
                await again.WaitForNextTickAsync(stop);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    /// <summary>Returns when the platform closes the connection.</summary>
    private static async Task Harmful(NetworkStream stream, string kind, CancellationToken stop)
    {
        var closed = UntilClosed(stream, stop);
        switch (kind)
        {
            case "half a message":
                await stream.WriteAsync("\vMSH|^~\\&|HIS|MYCH|"u8.ToArray(), stop);
                break;
            case "no framing":
                await stream.WriteAsync("GET / HTTP/1.1\r\nHost: hospital\r\n\r\n"u8.ToArray(), stop);
                break;
            case "slow":
                using (var timer = new PeriodicTimer(TimeSpan.FromSeconds(1)))
                    for (var text = Encoding.ASCII.GetBytes("\vMSH|^~\\&|HIS|MYCH|" + new string('x', 200)).AsMemory(); !closed.IsCompleted && !text.IsEmpty; text = text[1..])
                    {
                        await stream.WriteAsync(text[..1], stop);
                        await timer.WaitForNextTickAsync(stop);
                    }

                break;
            case "oversize":
                await stream.WriteAsync("\vMSH|^~\\&|HIS|MYCH|"u8.ToArray(), stop);
                for (var chunk = new byte[64 * 1024]; !closed.IsCompleted;) await stream.WriteAsync(chunk, stop);
                break;
        }

        await closed;
    }

    private static async Task UntilClosed(NetworkStream stream, CancellationToken stop)
    {
        var buffer = new byte[4096];
        while (await stream.ReadAsync(buffer, stop) > 0) { }
    }

    /// <summary>Resident memory of the platform, in MB.</summary>
    private static double Memory(RunningPlatform platform) => double.Parse(
        File.ReadLines($"/proc/{platform.ProcessId}/status").First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal)).Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries)[1],
        CultureInfo.InvariantCulture) / 1024;

    private static double Percentile(List<double> times, double share) => times.Count == 0 ? double.NaN : times[Math.Min(times.Count - 1, (int)(share * times.Count))];

    private static string At(List<double> times, double share) => Percentile(times, share).ToString("0.0", CultureInfo.InvariantCulture);
}
