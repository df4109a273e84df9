using Health.SimulationTests.Platform;

namespace Health.Benchmarks;

/// <summary>Registrations over MLLP, each acknowledged when it is durable; what they become in the record goes on meanwhile.</summary>
public static class MllpLoad
{
    private const int Connections = 32, PerSecond = 5000, Milliseconds = 20;

    public static async IAsyncEnumerable<BenchRow> Run(RunningPlatform platform)
    {
        var run = Guid.NewGuid().ToString("N")[..8];
        var open = new List<MllpClient>();
        var messages = await Load.Run(Connections, client =>
        {
            var mllp = new MllpClient(platform.MllpPort);
            open.Add(mllp);
            return Task.FromResult<Func<int, Task>>(number => Send(mllp, Registration($"B{run}-{client}-{number}", $"B{client}^^^MYCH^MR", $"测试{client}号")));
        });
        open.ForEach(client => client.Dispose());
        yield return BenchRow.AtLeast($"MLLP to durable acknowledgement, {Connections} connections", messages.PerSecond, "1/s", PerSecond);
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
}
