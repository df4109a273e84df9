using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;
using Health.CardAgent;
using Health.CardAgent.Desk;
using Health.CardAgent.Platform;
using Health.Contracts;
using Health.SimulationTests.Platform;

namespace Health.Benchmarks;

/// <summary>
/// A card's way through the bridge: the desk's own code with a virtual chip in its slot (no reader's time), real HTTP calls to <c>/card/*</c>. The insurer
/// is not the bridge's: its calls are counted in its own ledger, their time is measured by asking it directly, and taken off.
/// </summary>
public static class CardBench
{
    private const int WarmUp = 5, Visits = 30, SlowTaps = 15, MostApdus = 13, SlowTapMilliseconds = 500;
    private static readonly FeeLine[] Fees = [new("GH001", "普通门诊诊察费", 1, 1000)];
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(20);

    public static async IAsyncEnumerable<BenchRow> Run(RunningPlatform platform, int tapMilliseconds = 200, int paidMilliseconds = 400)
    {
        var number = TestNumber();
        var image = await Issue(platform, number);
        await using var desk = await BenchDesk.Start(platform);
        for (var i = 0; i < WarmUp; i++) await Visit(desk, image);
        using var insurer = new InsurerShare(Doors.Address(platform).InsurerPort, TimeProvider.System);
        var before = await insurer.Messages();
        var visits = new List<(double Tap, double Paid, int Apdus)>();
        for (var i = 0; i < Visits; i++) visits.Add(await Visit(desk, image));
        var calls = (double)(await insurer.Messages() - before) / Visits;
        var insurerShare = calls * await insurer.MillisecondsPerCall(number);

        yield return BenchRow.AtMost("card: tap to known patient p95", Percentile95(visits.Select(visit => visit.Tap)), "ms", tapMilliseconds);
        yield return BenchRow.AtMost("card: APDUs from tap to known patient", visits.Max(visit => visit.Apdus), "1", MostApdus);
        yield return BenchRow.AtMost("card: tap to paid and settled p95, the bridge's share", Percentile95(visits.Select(visit => visit.Paid)) - insurerShare, "ms", paidMilliseconds);
        yield return new BenchRow($"card: the insurer's share of it, {calls:0.#} calls", insurerShare, "ms");
    }

    /// <summary>The tap alone, with a chip that takes its time for every command.</summary>
    public static async IAsyncEnumerable<BenchRow> Slow(RunningPlatform platform, TimeSpan perCommand)
    {
        var image = await Issue(platform, TestNumber());
        await using var desk = await BenchDesk.Start(platform, perCommand);
        var taps = new List<double>();
        for (var i = 0; i < SlowTaps; i++) taps.Add((await Tap(desk, image)).Milliseconds);
        yield return BenchRow.AtMost($"card: tap to known patient p95, {perCommand.TotalMilliseconds:0} ms for every APDU", Percentile95(taps), "ms", SlowTapMilliseconds);
    }

    private static async Task<(double Milliseconds, CardView Card)> Tap(BenchDesk desk, string image)
    {
        var clock = Stopwatch.StartNew();
        await desk.Insert(image);
        var view = await desk.Shows(view => view.Card is { State: "identified" or "blocked" or "unknown" or "offline" or "problem", Present: true } && (view.Card.State != "offline" || view.Message is not null), Soon);
        if (view.Card is not { State: "identified" } card) throw new InvalidOperationException($"The card is {view.Card?.State}: {view.Message?.En}");
        var tap = clock.Elapsed.TotalMilliseconds;
        await desk.Remove();
        await desk.Shows(view => view.Card is not { Present: true }, Soon);
        return (tap, card);
    }

    private static async Task<(double Tap, double Paid, int Apdus)> Visit(BenchDesk desk, string image)
    {
        var clock = Stopwatch.StartNew();
        await desk.Insert(image);
        var view = await desk.Shows(view => view.Card is { State: "identified" or "blocked" or "unknown" or "offline" or "problem", Present: true } && (view.Card.State != "offline" || view.Message is not null), Soon);
        if (view.Card is not { State: "identified" } card) throw new InvalidOperationException($"The card is {view.Card?.State}: {view.Message?.En}");
        var tap = clock.Elapsed.TotalMilliseconds;
        Done(await desk.Service.Register(null));
        Done(await desk.Service.PreSettle(Fees));
        Done(await desk.Service.Pay());
        var paid = clock.Elapsed.TotalMilliseconds;
        Done(await desk.Service.Close());
        await desk.Remove();
        await desk.Shows(view => view.Card is not { Present: true }, Soon);
        return (tap, paid, card.Apdus);
    }

    private static void Done(DeskRefusal? refusal)
    {
        if (refusal is not null) throw new InvalidOperationException($"The desk refused: {refusal.En}");
    }

    /// <summary>Registers a fresh test identity over MLLP and has a card issued for it; returns the file of its chip.</summary>
    private static async Task<string> Issue(RunningPlatform platform, string number)
    {
        using (var mllp = new MllpClient(platform.MllpPort))
            await MllpLoad.Send(mllp, MllpLoad.Registration($"C{number[6..17]}", $"C{number[6..17]}^^^MYCH^MR~{number}^^^CN^NI", "卡测试", number[6..14]));
        using var http = Doors.Open(platform, "demo-operator");
        using var again = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        var clock = Stopwatch.StartNew();
        while (true)
        {
            using var answer = await http.PostAsJsonAsync("/card/cards", new { idNumber = number, institutionCode = "MY510704W001", purseBalanceFen = 100_000 });
            var text = await answer.Content.ReadAsStringAsync();
            if (answer.IsSuccessStatusCode)
            {
                using var card = JsonDocument.Parse(text);
                var file = Path.Combine(Directory.CreateDirectory(Doors.Address(platform).ChipsFolder).FullName, "bench.json");
                await File.WriteAllTextAsync(file, card.RootElement.GetProperty("image").GetRawText());
                return file;
            }

            // The message is durable at once and a record a moment later.
            if (clock.Elapsed > Soon) throw new InvalidOperationException($"The card was not issued: {text}");
            await again.WaitForNextTickAsync();
        }
    }

    private static string TestNumber()
    {
        var born = new DateOnly(1950, 1, 1).AddDays(Random.Shared.Next(20_000));
        var digits = $"{ResidentIdNumber.TestDivision}{born:yyyyMMdd}{Random.Shared.Next(100) * 10 + 1:000}";
        return digits + ResidentIdNumber.CheckCharacter(digits);
    }

    private static double Percentile95(IEnumerable<double> milliseconds) => new Measured(0, [.. milliseconds.Order()]).Percentile(0.95);
}
