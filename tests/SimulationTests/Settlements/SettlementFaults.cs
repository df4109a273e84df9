using System.Collections.Concurrent;
using System.Diagnostics;

namespace Health.SimulationTests.Settlements;

/// <summary>
/// Settlements in the real process manager over a real PostgreSQL, between insurer, city-card operator, acquirer and hospital as programs of their own, with cards over the
/// direct transport; at each a fault, in turn at every step. At the end the ledgers of all must agree per visit to the fen.
/// </summary>
public static class SettlementFaults
{
    /// <summary>After this an answer counts as lost. Short, since silence is among the faults.</summary>
    public static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(2);

    private const int MostLanes = 16, Report = 250;

    /// <param name="from">Number of the first settlement; each is decided by seed and number alone, so a campaign that was cut off goes on at the next one.</param>
    /// <param name="ct">Ends the campaign after the settlements that are under way; what was done is compared all the same.</param>
    /// <param name="sabotage">Done before the ledgers are compared, to see that the comparison sees.</param>
    public static async Task<bool> Run(int from, int count, int seed, TextWriter log, CancellationToken ct, Func<City, Task>? sabotage = null)
    {
        var lanes = Math.Min(MostLanes, count - from + 1);
        var clock = Stopwatch.StartNew();
        await using var city = await City.Start(lanes);
        await log.WriteLineAsync($"area settlement, settlements {from} to {count}, seed {seed}, {FaultKinds.All.Count} faults in turn, {lanes} desks; the city stood after {clock.Elapsed.TotalSeconds:0} s");
        var settlements = new ConcurrentBag<Settlement>();
        var failures = new ConcurrentQueue<string>();
        List<Lane> desks = [.. Enumerable.Range(1, lanes).Select(number => new Lane(city, number))];
        var next = from - 1;
        clock.Restart();
        await Task.WhenAll(desks.Select(lane => Task.Run(async () =>
        {
            while (!ct.IsCancellationRequested && Interlocked.Increment(ref next) is var number && number <= count)
            {
                try
                {
                    settlements.Add(await lane.Settle(number, seed));
                    if (settlements.Count % Report == 0) await log.WriteLineAsync($"{settlements.Count,6} of {count - from + 1}  {settlements.Count / clock.Elapsed.TotalSeconds:0.0}/s");
                }
                catch (Exception failure) when (failure is not OutOfMemoryException)
                {
                    // The campaign goes on: the oracle says what became of that visit's money.
                    failures.Enqueue($"{number} ({FaultKinds.Of(number)}): {failure.GetType().Name} {failure.Message}");
                }
            }
        }, CancellationToken.None)));
        var took = clock.Elapsed;
        if (ct.IsCancellationRequested) await log.WriteLineAsync($"stopped; --from {Math.Min(next, count) + 1} goes on");
        if (sabotage is not null) await sabotage(city);
        var result = await SettlementOracle.Compare(new Evidence(
            sql => city.Rows(sql), party => city.Outside(party).Http, [.. desks.SelectMany(lane => lane.Cards).Select(card => new ChipBook(card.Chip.ChipSerial, card.PurseNo, card.PaidFen))]));
        await Tell(log, settlements, failures, desks, result, took);
        foreach (var lane in desks) await lane.DisposeAsync();
        return result.IsClean && failures.IsEmpty;
    }

    private static async Task Tell(TextWriter log, IReadOnlyCollection<Settlement> settlements, IReadOnlyCollection<string> failures, IReadOnlyList<Lane> desks, SettlementOracle.Result result, TimeSpan took)
    {
        foreach (var failure in failures.Take(20)) await log.WriteLineAsync($"  failed: {failure}");
        foreach (var finding in result.Findings.Take(40)) await log.WriteLineAsync($"  {finding}");
        var slowest = settlements.MaxBy(settlement => settlement.Took);
        await log.WriteLineAsync($"faults planned at the parties outside {desks.Sum(lane => lane.Planned)}, not met {result.Unmet}; process managers dropped {desks.Sum(lane => lane.Manager.Drops)}; cards {desks.Sum(lane => lane.Cards.Count)}");
        await log.WriteLineAsync($"{took.TotalSeconds:0} s, {settlements.Count / took.TotalSeconds:0.0} settlements/s; slowest {slowest?.Took.TotalSeconds:0.0} s ({slowest?.Fault})");
        var ends = settlements.GroupBy(settlement => settlement.State).OrderByDescending(group => group.Count()).Select(group => $"{group.Count()} {group.Key}");
        await log.WriteLineAsync(
            $"{settlements.Count} settlements ({string.Join(", ", ends)}): {result.Doubled} doubled, {result.Lost} lost, {result.Differing} differing between ledgers, {result.Listed} on the work list, {result.Undecided} undecided and on no list, {failures.Count} failed");
    }
}
