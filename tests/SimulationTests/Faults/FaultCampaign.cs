using System.Globalization;

namespace Health.SimulationTests.Faults;

/// <summary><c>./health test faults --area AREA --count N [--seed S]</c>: kills while the platform works, then asks it for everything it acknowledged.</summary>
public static class FaultCampaign
{
    private const string Usage = "usage: ./health test faults --area intake --count N [--seed S]";

    public static async Task<int> Run(string[] arguments)
    {
        var options = new Dictionary<string, string>();
        for (var i = 0; i + 1 < arguments.Length; i += 2) options[arguments[i]] = arguments[i + 1];
        var count = 20;
        var seed = Environment.TickCount & 0x7fffffff;
        if (arguments.Length % 2 != 0 || options.Keys.Except(["--area", "--count", "--seed"]).Any() || options.GetValueOrDefault("--area") != "intake"
            || (options.TryGetValue("--count", out var n) && !int.TryParse(n, CultureInfo.InvariantCulture, out count)) || count < 1
            || (options.TryGetValue("--seed", out var s) && !int.TryParse(s, CultureInfo.InvariantCulture, out seed)))
        {
            await Console.Error.WriteLineAsync(Usage);
            return 2;
        }

        Console.WriteLine($"area intake, {count} kills, seed {seed}");
        return await IntakeFaults.Run(count, seed, Console.Out, CancellationToken.None) ? 0 : 1;
    }
}
