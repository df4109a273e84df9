using System.Diagnostics;
using System.Text;
using Health.Contracts;
using Health.SimulationTests.Platform;
using Npgsql;
using NpgsqlTypes;

namespace Health.Benchmarks;

/// <summary>Registrations over MLLP, each acknowledged when it is durable; what they become in the record goes on meanwhile.</summary>
public static class MllpLoad
{
    public const int Connections = 32;
    private const int PerSecond = 5000, Milliseconds = 20, WarmUpSeconds = 3, GroupMost = 256;
    private static int run;

    /// <param name="floor">Where the same bytes go in as rows that share commits; null: without a floor.</param>
    public static async IAsyncEnumerable<BenchRow> Run(RunningPlatform platform, int seconds, Floor? floor = null)
    {
        var (id, number) = (Interlocked.Increment(ref run), 0);
        var prefix = $"B{Environment.ProcessId:x}{id}";
        Func<int, Action> client(int port) => at =>
        {
            var mllp = new MllpSocket(port);
            return () =>
            {
                if (!mllp.Send(Encoding.UTF8.GetBytes(Registration($"{prefix}-{Interlocked.Increment(ref number)}", $"{prefix}-{at}^^^MYCH^MR", $"测试{at}号"))))
                    throw new InvalidOperationException("The platform did not answer AA.");
            };
        };
        var least = floor is null ? null : await GroupedInserts(floor, seconds);
        if (least is not null) yield return new BenchRow($"floor: the same bytes as rows that share commits, {Connections} clients", least.PerSecond, "1/s").Of(least);
        Threads(client(platform.MllpPort), WarmUpSeconds);
        var messages = Threads(client(platform.MllpPort), seconds);
        yield return (BenchRow.AtLeast($"MLLP to durable acknowledgement, {Connections} connections", messages.PerSecond, "1/s", PerSecond) with
        {
            Floor = least?.PerSecond,
            Ratio = messages.PerSecond / least?.PerSecond,
        }).Of(messages);
        yield return BenchRow.AtMost($"MLLP acknowledgement p99, {Connections} connections", messages.Percentile(0.99), "ms", Milliseconds);
    }

    public static async Task Send(MllpClient mllp, string message)
    {
        var answer = await mllp.Send(message, CancellationToken.None);
        if (!answer.Contains("MSA|AA|", StringComparison.Ordinal)) throw new InvalidOperationException($"The platform answered {answer}");
    }

    /// <summary>An outpatient registration of the municipal hospital; control id and visit number are the same.</summary>
    public static string Registration(string visit, string pid3, string name, string birth = "19800101") => string.Join('\r',
        $"MSH|^~\\&|HIS|MYCH|HIE|MY|20150601090000||ADT^A04|{visit}|P|2.5.1",
        "EVN|A04|20150601090000",
        $"PID|1||{pid3}||{name}||{birth}|M",
        $"PV1|1|O|0101||||||||||||||||{visit}|||||||||||||||||||||||||20150601090000") + "\r";

    /// <summary>One thread each, as a client of a load must not wait for the threads of another.</summary>
    private static Measured Threads(Func<int, Action> client, int seconds)
    {
        var results = new List<double>[Connections];
        var clock = Stopwatch.StartNew();
        var threads = Enumerable.Range(0, Connections).Select(at => new Thread(() =>
        {
            var (send, own) = (client(at), results[at] = []);
            while (clock.Elapsed.TotalSeconds < seconds)
            {
                var before = Stopwatch.GetTimestamp();
                send();
                own.Add(Stopwatch.GetElapsedTime(before).TotalMilliseconds);
            }
        })).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        var elapsed = clock.Elapsed.TotalSeconds;
        double[] all = [.. results.SelectMany(own => own).Order()];
        return new Measured(all.Length / elapsed, all);
    }

    /// <summary>The least that so many durable messages cost: one connection, one INSERT for all that wait, nothing else.</summary>
    private static async Task<Measured> GroupedInserts(Floor floor, int seconds)
    {
        var body = Encoding.UTF8.GetBytes(Registration("B0-1000000", "B0-1^^^MYCH^MR", "测试1号"));
        await using var connection = await floor.Database.OpenConnectionAsync();
        var rows = new NpgsqlParameter { NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bytea, Value = Array.Empty<byte[]>() };
        await using var insert = new NpgsqlCommand("insert into bench_floor (body) select * from unnest($1)", connection) { Parameters = { rows } };
        await insert.PrepareAsync();
        var commits = new Coalescer<TaskCompletionSource>(1, GroupMost, async (_, waiting) =>
        {
            try
            {
                rows.Value = Enumerable.Repeat(body, waiting.Count).ToArray();
                await insert.ExecuteNonQueryAsync();
                foreach (var one in waiting) one.SetResult();
            }
            catch (Exception e)
            {
                foreach (var one in waiting) one.TrySetException(e);
            }
        });
        Action client(int _) => () =>
        {
            var done = new TaskCompletionSource();
            commits.Add(done);
            done.Task.GetAwaiter().GetResult();
        };
        Threads(client, 1);
        return Threads(client, seconds);
    }
}
