using System.Globalization;
using Health.SimulationTests.Platform;

namespace Health.Benchmarks;

/// <summary>
/// Processor time and memory of the platform's processes from /proc: on a machine that others use too, wall time says little. A hundredth of a second is the
/// finest it tells.
/// </summary>
internal sealed class ProcessClock(RunningPlatform platform)
{
    private const double TicksPerSecond = 100, KilobytesPerMegabyte = 1024;
    private const int Parent = 1, OwnTime = 11, ReapedTime = 13;

    /// <summary>Seconds of the platform's own process; null when somebody else started it.</summary>
    public double? Host => platform.ProcessId is { } id ? Time(Stat(id), OwnTime) : null;

    /// <summary>Seconds of the database server and all of its processes, ended ones included.</summary>
    public double Postgres
    {
        get
        {
            var postmaster = int.Parse(File.ReadLines(Path.Combine(platform.PostgresFolder, "data", "postmaster.pid")).First(), CultureInfo.InvariantCulture);
            var own = Stat(postmaster);
            var sum = Time(own, OwnTime) + Time(own, ReapedTime);
            foreach (var folder in Directory.EnumerateDirectories("/proc"))
            {
                if (!int.TryParse(Path.GetFileName(folder), out var id) || Stat(id) is not { Length: > 0 } stat) continue;
                if (stat[Parent] == $"{postmaster}") sum += Time(stat, OwnTime);
            }

            return sum;
        }
    }

    /// <summary>Memory in use now, and the most since <see cref="ForgetPeak"/>, in MB.</summary>
    public (double Now, double Peak) Memory(int id) => (Status(id, "VmRSS"), Status(id, "VmHWM"));

    public void ForgetPeak(int id) => File.WriteAllText($"/proc/{id}/clear_refs", "5");

    private static double Status(int id, string name)
    {
        var line = File.ReadLines($"/proc/{id}/status").First(line => line.StartsWith(name + ":", StringComparison.Ordinal));
        return double.Parse(line.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / KilobytesPerMegabyte;
    }

    /// <summary>The fields after the name of the program, from the state on; empty when the process has ended.</summary>
    private static string[] Stat(int id)
    {
        try
        {
            var text = File.ReadAllText($"/proc/{id}/stat");
            return text[(text.LastIndexOf(')') + 2)..].Split(' ');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static double Time(string[] stat, int first) =>
        stat.Length == 0 ? 0 : (long.Parse(stat[first], CultureInfo.InvariantCulture) + long.Parse(stat[first + 1], CultureInfo.InvariantCulture)) / TicksPerSecond;
}
