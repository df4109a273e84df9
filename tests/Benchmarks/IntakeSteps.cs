using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Health.SimulationTests.Platform;

namespace Health.Benchmarks;

/// <summary>From the socket to the record: what is sustained, how far the record lags behind, what a large message and a PDF cost.</summary>
internal sealed class IntakeSteps(RunningPlatform platform, HttpClient operators, HttpClient hospital, ProcessClock clock)
{
    private const int Connections = 32, Offered = 400, LargeBytes = 20_000_000, Pdfs = 200;

    /// <summary>The lag may wander by so much from the middle of a run to its end and is not growing.</summary>
    private const double NoGrowth = 500;
    private const double LargeMost = 10 * LargeBytes / 1e6;
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(25), Pacing = TimeSpan.FromMilliseconds(2), Look = TimeSpan.FromMilliseconds(250), Patience = TimeSpan.FromMinutes(5);

    private readonly string run = $"{Environment.ProcessId:x}";

    /// <summary>Persons of this run: an earlier one on the same platform had others.</summary>
    private readonly int firstPerson = Random.Shared.Next(30_000_000);
    private int numbers;

    private sealed record Lag(double AtSeconds, double Milliseconds);

    /// <summary>Registrations of new residents at a steady pace: the dearest kind, since each makes a resident, a key, a Patient and an Encounter.</summary>
    public async IAsyncEnumerable<BenchRow> Sustained(int seconds)
    {
        var (host, postgres, before) = (clock.Host, clock.Postgres, numbers);
        var acknowledged = new string?[1];
        var began = Stopwatch.StartNew();
        var load = Task.Run(() => Offer(seconds, began, acknowledged));
        List<Lag> lags = [], probes = [];
        Task<Lag>? probe = null;
        using var look = new PeriodicTimer(Look);
        while (!load.IsCompleted)
        {
            lags.Add(new Lag(began.Elapsed.TotalSeconds, 1000 * (await Backlog()).GetProperty("oldestSeconds").GetDouble()));
            if (probe is { IsCompleted: true }) probes.Add(await probe);
            if (probe is null or { IsCompleted: true } && Volatile.Read(ref acknowledged[0]) is { } visit) probe = Probe(visit, began);
            await Task.WhenAny(load, look.WaitForNextTickAsync().AsTask());
        }

        var sent = await load;
        var waiting = await Waiting();
        if (probe is not null) probes.Add(await probe);
        await UntilWorkedOff();
        var drained = began.Elapsed.TotalSeconds - seconds;
        var count = numbers - before;
        yield return (BenchRow.AtLeast($"ADT acknowledged, {Offered}/s offered for {seconds} s, {Connections} connections", sent.PerSecond, "1/s", 0.99 * Offered)).Of(sent);
        var (first, middle, last) = (Row("first", lags, 0, 0.2 * seconds), Row("middle", lags, 0.4 * seconds, 0.6 * seconds), Row("last", lags, 0.8 * seconds, seconds));
        var found = new Measured(0, [.. probes.Select(one => one.Milliseconds).Order()]);
        yield return new BenchRow("from acknowledgement to found by search, median", found.Percentile(0.5), "ms").Of(found);
        yield return first;
        yield return middle;
        yield return last;
        yield return BenchRow.AtMost("growth of the lag from the middle to the last fifth, median", last.Value - middle.Value, "ms", NoGrowth);
        yield return new BenchRow("messages that waited for processing when the load ended", waiting, "messages");
        yield return new BenchRow("worked off after the load ended", Math.Max(0, drained), "s");
        if (host is { } started) yield return new BenchRow("processor time of the platform for an ADT", 1000 * (clock.Host!.Value - started) / count, "ms");
        yield return new BenchRow("processor time of PostgreSQL for an ADT", 1000 * (clock.Postgres - postgres) / count, "ms");
    }

    /// <summary>The most memory while one message of 20 MB is taken in, and until it is a record.</summary>
    public async IAsyncEnumerable<BenchRow> Large()
    {
        var message = Encoding.UTF8.GetBytes(Report(new string('A', LargeBytes - 1000)));
        if (platform.ProcessId is not { } id)
        {
            yield return BenchRow.Skipped("memory for a message of 20 MB", "MB", LargeMost, "the platform was started by somebody else");
            yield break;
        }

        var idle = clock.Memory(id).Now;
        clock.ForgetPeak(id);
        var stopwatch = Stopwatch.StartNew();
        using (var mllp = new MllpSocket(platform.MllpPort))
            if (!mllp.Send(message)) throw new InvalidOperationException("The platform did not answer AA.");
        yield return new BenchRow($"acknowledgement of a message of {message.Length / 1e6:0.0} MB", stopwatch.Elapsed.TotalMilliseconds, "ms");
        yield return BenchRow.AtMost("memory above idle until its acknowledgement, peak", clock.Memory(id).Peak - idle, "MB", LargeMost);
        await UntilWorkedOff();
        yield return new BenchRow("the same message until it is processed", stopwatch.Elapsed.TotalMilliseconds, "ms");
        yield return BenchRow.AtMost("memory above idle until it is processed, peak", clock.Memory(id).Peak - idle, "MB", LargeMost);
    }

    /// <summary>Results with a report of 100 KB as PDF inside, one after the other.</summary>
    public async IAsyncEnumerable<BenchRow> Pdf()
    {
        var content = Convert.ToBase64String(new byte[75_000]);
        using var mllp = new MllpSocket(platform.MllpPort);
        for (var i = 0; i < Pdfs / 10; i++) SendReport(mllp, content);
        await UntilWorkedOff();
        var (host, postgres, stopwatch, times) = (clock.Host, clock.Postgres, Stopwatch.StartNew(), new List<double>());
        for (var i = 0; i < Pdfs; i++)
        {
            var before = Stopwatch.GetTimestamp();
            SendReport(mllp, content);
            times.Add(Stopwatch.GetElapsedTime(before).TotalMilliseconds);
        }

        var acknowledged = new Measured(Pdfs / stopwatch.Elapsed.TotalSeconds, [.. times.Order()]);
        await UntilWorkedOff();
        yield return new BenchRow("ORU with a PDF of 100 KB, 1 connection", acknowledged.PerSecond, "1/s").Of(acknowledged);
        yield return new BenchRow("the same until all are processed", Pdfs / stopwatch.Elapsed.TotalSeconds, "1/s");
        if (host is { } started) yield return new BenchRow("processor time of the platform for an ORU with a PDF", 1000 * (clock.Host!.Value - started) / Pdfs, "ms");
        yield return new BenchRow("processor time of PostgreSQL for an ORU with a PDF", 1000 * (clock.Postgres - postgres) / Pdfs, "ms");
    }

    private void SendReport(MllpSocket mllp, string content)
    {
        if (!mllp.Send(Encoding.UTF8.GetBytes(Report(content)))) throw new InvalidOperationException("The platform did not answer AA.");
    }

    /// <summary>Waits until nothing that was acknowledged is unprocessed.</summary>
    public async Task UntilWorkedOff()
    {
        using var patience = new CancellationTokenSource(Patience);
        using var look = new PeriodicTimer(Look);
        while (await Waiting() > 0) await look.WaitForNextTickAsync(patience.Token);
    }

    /// <summary>
    /// Open loop: a message is due at its time whatever became of those before, the next free connection sends it, and its latency counts from when it was due.
    /// </summary>
    private Measured Offer(int seconds, Stopwatch began, string?[] acknowledged)
    {
        using var due = new BlockingCollection<double>();
        var results = new List<double>[Connections];
        var threads = Enumerable.Range(0, Connections).Select(at => new Thread(() =>
        {
            using var mllp = new MllpSocket(platform.MllpPort);
            var own = results[at] = [];
            foreach (var since in due.GetConsumingEnumerable())
            {
                var number = Interlocked.Increment(ref numbers);
                var visit = $"S{run}-{number}";
                if (!mllp.Send(Encoding.UTF8.GetBytes(Admission(visit, number)))) throw new InvalidOperationException("The platform did not answer AA.");
                own.Add((began.Elapsed.TotalSeconds - since) * 1000);
                if (at == 0) Volatile.Write(ref acknowledged[0], visit);
            }
        })).ToList();
        threads.ForEach(thread => thread.Start());
        Pace(seconds, began, due).GetAwaiter().GetResult();
        threads.ForEach(thread => thread.Join());
        double[] all = [.. results.SelectMany(own => own).Order()];
        return new Measured(all.Length / began.Elapsed.TotalSeconds, all);
    }

    /// <summary>Hands out, with each tick, the messages that have come due since the last.</summary>
    private static async Task Pace(int seconds, Stopwatch began, BlockingCollection<double> due)
    {
        using var tick = new PeriodicTimer(Pacing);
        for (var next = 0; next < seconds * Offered;)
        {
            for (; next < seconds * Offered && next / (double)Offered <= began.Elapsed.TotalSeconds; next++) due.Add(next / (double)Offered);
            await tick.WaitForNextTickAsync();
        }

        due.CompleteAdding();
    }

    private static BenchRow Row(string name, List<Lag> lags, double from, double to)
    {
        double[] part = [.. lags.Where(lag => lag.AtSeconds >= from && lag.AtSeconds <= to).Select(lag => lag.Milliseconds).Order()];
        var measured = new Measured(0, part);
        return new BenchRow($"the oldest message waits, {name} fifth, median", measured.Percentile(0.5), "ms").Of(measured);
    }

    /// <summary>How long until the visit that was acknowledged last is found; the time between acknowledgement and first question counts too, up to a tick.</summary>
    private async Task<Lag> Probe(string visit, Stopwatch began)
    {
        var since = Stopwatch.StartNew();
        var at = began.Elapsed.TotalSeconds;
        using var patience = new CancellationTokenSource(Patience);
        using var tick = new PeriodicTimer(Tick);
        while (true)
        {
            var bundle = await hospital.GetFromJsonAsync<JsonElement>($"/fhir/Encounter?identifier=urn:health:institution:MY510703H001:visit|{visit}&_elements=id", patience.Token);
            if (bundle.TryGetProperty("entry", out _)) return new Lag(at, since.Elapsed.TotalMilliseconds);
            await tick.WaitForNextTickAsync(patience.Token);
        }
    }

    private async Task<long> Waiting() => (await Backlog()).GetProperty("waiting").GetInt64();

    private Task<JsonElement> Backlog() => operators.GetFromJsonAsync<JsonElement>("/adapters/backlog");

    /// <summary>A registration of somebody who never came before: about 0.7 KB.</summary>
    private string Admission(string visit, int number) => Admission(visit, $"S{run}{number}", firstPerson + number);

    private static string Admission(string visit, string local, int person) => string.Join('\r',
        $"MSH|^~\\&|HIS|MYCH|HEALTH|MIANYANG|20261124081500+0800||ADT^A04^ADT_A01|{visit}|P|2.5.1||||||UNICODE UTF-8",
        "EVN|A04|20261124081510",
        $"PID|1||{local}^^^MYCH^PI~{Population.IdNumber(person)}^^^公安部^NI||{Population.Family(person)}{Population.Given(person)}||{Population.Birth(person):yyyyMMdd}|F" +
        $"|||涪城区临园路东段{person % 900 + 1}号^^绵阳市^四川省^621000^CHN^H^^涪城区||139{person:00000000}^PRN^CP||zh|M||||||||||CN||||N",
        $"PV1|1|O|0101^^^MYCH||||D0417^王^晓梅|||MED||||1|||D0417^王^晓梅|OP|{visit}|||||||||||||||||||||MYCH||||||20261124081500+0800") + "\r";

    private string Report(string content)
    {
        var number = Interlocked.Increment(ref numbers);
        return string.Join('\r',
            $"MSH|^~\\&|HIS|MYCH|HEALTH|MIANYANG|20261124093000+0800||ORU^R01^ORU_R01|R{run}-{number}|P|2.5.1||||||UNICODE UTF-8",
            $"PID|1||R{run}{number % 20}^^^MYCH^PI||欧阳娜||19870312|F",
            $"OBR|1|A{run}{number}|L{run}{number}|BLJC^病理检查^L|||20261124083000+0800||||||||||||||||||F",
            $"OBX|1|ED|PDF^报告||MYCH^AP^PDF^Base64^{content}||||||F") + "\r";
    }
}
