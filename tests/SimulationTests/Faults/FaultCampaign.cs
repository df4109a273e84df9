using System.Globalization;
using System.Runtime.InteropServices;
using Health.SimulationTests.Settlements;

namespace Health.SimulationTests.Faults;

/// <summary><c>./health test faults --area AREA …</c>: harm done to a working platform, which is then asked for everything it acknowledged.</summary>
public static class FaultCampaign
{
    private const string Usage = "usage: ./health test faults --area intake|settlement --count N [--seed S] [--from K] | --area settlement --kills N [--seed S] [--from K] | --area doors [--connections N]";

    public static async Task<int> Run(string[] arguments)
    {
        var options = new Dictionary<string, string>();
        for (var i = 0; i + 1 < arguments.Length; i += 2) options[arguments[i]] = arguments[i + 1];
        var area = options.GetValueOrDefault("--area");
        string[] known = area switch { "doors" => ["--area", "--connections"], "settlement" => ["--area", "--count", "--kills", "--seed", "--from"], _ => ["--area", "--count", "--seed", "--from"] };
        int count = 20, kills = 0, seed = Environment.TickCount & 0x7fffffff, from = 1, connections = 500;
        if (arguments.Length % 2 != 0 || area is not ("intake" or "settlement" or "doors") || options.Keys.Except(known).Any()
            || !Number(options, "--count", 1, ref count) || !Number(options, "--kills", 1, ref kills) || !Number(options, "--seed", 0, ref seed) || !Number(options, "--from", 1, ref from) || !Number(options, "--connections", 10, ref connections))
        {
            await System.Console.Error.WriteLineAsync(Usage);
            return 2;
        }

        if (area == "doors") return await DoorFaults.Run(connections, System.Console.Out, CancellationToken.None) ? 0 : 1;
        if (area == "settlement") return await Settlements(from, count, kills, seed) ? 0 : 1;
        System.Console.WriteLine($"area intake, kills {from} to {count}, seed {seed}");
        return await IntakeFaults.Run(from, count, seed, System.Console.Out, CancellationToken.None) ? 0 : 1;
    }

    /// <summary>SIGINT and SIGTERM end it after the settlements under way; what was done is compared, and the number to go on with is told.</summary>
    private static async Task<bool> Settlements(int from, int count, int kills, int seed)
    {
        using var stop = new CancellationTokenSource();
        void End(PosixSignalContext signal)
        {
            signal.Cancel = true;
            stop.Cancel();
        }
        using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);
        using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
        if (kills > 0)
        {
            System.Console.WriteLine($"area settlement, kills {from} to {kills}, seed {seed}");
            return await SettlementKills.Run(from, kills, seed, System.Console.Out, stop.Token);
        }
        return await SettlementFaults.Run(from, count, seed, System.Console.Out, stop.Token);
    }

    private static bool Number(Dictionary<string, string> options, string name, int least, ref int value) =>
        !options.TryGetValue(name, out var text) || (int.TryParse(text, CultureInfo.InvariantCulture, out value) && value >= least);
}
