using System.Diagnostics;
using System.Net.Http.Json;
using Health.SimulationTests.Platform;

namespace Health.Benchmarks;

/// <summary>
/// <c>./health bench card</c>: the targets. Steps: tap (known patient, APDUs, paid and settled without the insurer), delay (15 ms for every APDU), rates (taps and settlements
/// a second by parallel desks, beside the floor of one-row commits), insurer (the settlement with an insurer that takes 200 ms).
/// </summary>
public static class CardSteps
{
    /// <summary>Names for <c>--only</c>, in the order in which they run.</summary>
    public static readonly string[] Steps = ["tap", "delay", "rates", "insurer"];

    private const int Desks = 16, InsurerMilliseconds = 200, Settlements = 40, ApduMilliseconds = 15;

    public static int CountSteps(BenchOptions options) => Steps.Count(options.Wants) + 1;

    public static async IAsyncEnumerable<BenchRow> Run(RunningPlatform platform, BenchOptions options, Progress progress)
    {
        if (options.Wants("tap"))
        {
            progress.Next("tap");
            await foreach (var row in CardBench.Run(platform, tapMilliseconds: 30, paidMilliseconds: 50)) yield return row;
        }
        if (options.Wants("delay"))
        {
            progress.Next($"tap with {ApduMilliseconds} ms for every APDU");
            await foreach (var row in CardBench.Slow(platform, TimeSpan.FromMilliseconds(ApduMilliseconds))) yield return row;
        }
        if (!options.Wants("rates") && !options.Wants("insurer")) yield break;
        progress.Next($"opening {Desks} desks");
        using var desk = Doors.Open(platform, "demo-desk");
        using var office = Doors.Open(platform, "demo-operator");
        var desks = new List<CardDesk>();
        for (var i = 0; i < Desks; i++) desks.Add(await CardDesk.Open(platform, desk, office, i));
        if (options.Wants("rates")) await foreach (var row in Rates(platform, desks, progress)) yield return row;
        if (options.Wants("insurer")) yield return await Insurer(platform, desks[0], progress);
    }

    private static async IAsyncEnumerable<BenchRow> Rates(RunningPlatform platform, List<CardDesk> desks, Progress progress)
    {
        progress.Next($"taps and settlements of {desks.Count} desks");
        await using var floor = await Floor.Create(platform.PostgresFolder);
        var commits = await floor.Inserts(desks.Count);
        var taps = await Load.Run(desks.Count, client => Task.FromResult<Func<int, Task>>(_ => desks[client].Tap()));
        yield return (BenchRow.AtLeast($"card: taps, {desks.Count} desks", taps.PerSecond, "1/s", 60) with { Floor = commits.PerSecond, Ratio = taps.PerSecond / commits.PerSecond }).Of(taps);
        var visits = await Load.Run(desks.Count, client => Task.FromResult<Func<int, Task>>(_ => desks[client].Visit()));
        yield return (BenchRow.AtLeast($"card: visits from tap to settled, {desks.Count} desks", visits.PerSecond, "1/s", 25) with { Floor = commits.PerSecond, Ratio = visits.PerSecond / commits.PerSecond }).Of(visits);
    }

    private static async Task<BenchRow> Insurer(RunningPlatform platform, CardDesk desk, Progress progress)
    {
        progress.Next($"settlements with an insurer of {InsurerMilliseconds} ms");
        using var insurer = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{Doors.Address(platform).InsurerPort}") };
        using var slow = await insurer.PostAsJsonAsync("control/faults", new { infno = "*", mode = "delay", count = 1_000_000, milliseconds = InsurerMilliseconds });
        slow.EnsureSuccessStatusCode();
        try
        {
            var times = new List<double>();
            for (var i = 0; i < Settlements; i++) times.Add(await desk.Visit());
            return BenchRow.AtMost("card: settlement with an insurer of 200 ms, p95", new Measured(0, [.. times.Order()]).Percentile(0.95), "ms", 500);
        }
        finally
        {
            (await insurer.DeleteAsync("control/faults")).EnsureSuccessStatusCode();
        }
    }
}
