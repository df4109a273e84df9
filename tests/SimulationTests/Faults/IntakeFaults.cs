using System.Collections.Concurrent;
using Health.SimulationTests.Platform;

namespace Health.SimulationTests.Faults;

/// <summary>
/// Eight senders stream registrations over MLLP and send again until they are acknowledged; in between the host or the database is killed
/// with -9. At the end every acknowledged message must have had its effect exactly once: one Encounter in its first version.
/// </summary>
public static class IntakeFaults
{
    private const int Senders = 8;

    /// <param name="from">Number of the first kill; each is decided by seed and number alone, so a campaign that was cut off goes on at the next one.</param>
    public static async Task<bool> Run(int from, int kills, int seed, TextWriter log, CancellationToken ct)
    {
        await using var platform = await RunningPlatform.Start(demo: true, ct);
        var journal = new ConcurrentDictionary<string, bool>();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var senders = Enumerable.Range(0, Senders).Select(i => Task.Run(() => Send(platform, i, journal, stop.Token), ct)).ToList();

        for (var kill = from; kill <= kills; kill++)
        {
            var random = new Random(unchecked(seed * 31 + kill));
            await journal.UntilMore(random.Next(20, 200), ct);
            var target = random.Next(3);
            if (target is 0 or 2) await platform.Kill();
            if (target is 1 or 2) platform.KillDatabase();
            if (target is 0 or 2) await platform.StartAgain(log, ct);
            await log.WriteLineAsync($"{kill,4}/{kills}  killed {target switch { 0 => "host", 1 => "database", _ => "both" }}  {journal.Count} acknowledged so far");
        }

        await journal.UntilMore(100, ct);
        await stop.CancelAsync();
        await Task.WhenAll(senders);
        var result = await IntakeOracle.Compare(platform, [.. journal.Keys], ct);
        await log.WriteLineAsync($"{journal.Count} acknowledged, {result.Lost.Count} lost, {result.Doubled.Count} doubled, {result.Unfinished} unfinished");
        foreach (var visit in result.Lost.Concat(result.Doubled).Take(20)) await log.WriteLineAsync($"  {visit}");
        return result is { Lost.Count: 0, Doubled.Count: 0, Unfinished: 0 };
    }

    private static async Task Send(RunningPlatform platform, int sender, ConcurrentDictionary<string, bool> journal, CancellationToken stop)
    {
        using var client = new MllpClient(platform.MllpPort);
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        for (var number = 0; !stop.IsCancellationRequested; number++)
        {
            var visit = $"F{sender}-{number}";
            var message = Registration(visit, sender, number);
            while (!await Acknowledged(client, message, stop))
            {
                if (stop.IsCancellationRequested) return;
                await pace.WaitForNextTickAsync(CancellationToken.None);
            }

            journal.TryAdd(visit, true);
        }
    }

    private static async Task<bool> Acknowledged(MllpClient client, string message, CancellationToken stop)
    {
        try
        {
            var answer = await client.Send(message, CancellationToken.None);
            return answer.Contains("MSA|AA|", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false; // unknown: the same message is sent again until an answer comes
        }
    }

    /// <summary>A registration of the municipal hospital; each sender has its own patients, some of them coming again.</summary>
    public static string Registration(string visit, int sender, int number) => string.Join('\r',
        $"MSH|^~\\&|HIS|MYCH|HIE|MY|20150601090000||ADT^A04|{visit}|P|2.5.1",
        "EVN|A04|20150601090000",
        $"PID|1||P{sender}-{number / 3}^^^MYCH^MR||测试{sender}号||19800101|M",
        $"PV1|1|O|0101||||||||||||||||{visit}|||||||||||||||||||||||||20150601090000") + "\r";
}

public static class JournalWaiting
{
    /// <summary>Returns when the journal has grown by <paramref name="more"/> entries.</summary>
    public static async Task UntilMore(this ConcurrentDictionary<string, bool> journal, int more, CancellationToken ct)
    {
        var goal = journal.Count + more;
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (journal.Count < goal) await timer.WaitForNextTickAsync(ct);
    }
}
