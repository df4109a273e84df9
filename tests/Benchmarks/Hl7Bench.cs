using Health.SimulationTests.Platform;

namespace Health.Benchmarks;

/// <summary>
/// HL7 v2 against its targets (docs/performance.md): the library on one core, then a platform of its own from the socket to the record.
/// </summary>
public static class Hl7Bench
{
    /// <summary>Names for <c>--only</c>, in the order in which they run.</summary>
    public static readonly string[] Steps = ["library", "mllp", "sustained", "large", "pdf"];

    public static int CountSteps(BenchOptions options) => Steps.Count(options.Wants);

    /// <summary>What needs no platform.</summary>
    public static IEnumerable<BenchRow> WithoutPlatform(BenchOptions options) => options.Wants(Steps[0]) ? Hl7LibraryBench.Run() : [];

    public static bool NeedsPlatform(BenchOptions options) => Steps.Skip(1).Any(options.Wants);

    public static async IAsyncEnumerable<BenchRow> Run(RunningPlatform platform, BenchOptions options, Progress progress)
    {
        await using var floor = await Floor.Create(platform.PostgresFolder);
        using var operators = Doors.Open(platform, "demo-operator");
        using var hospital = Doors.Open(platform, "demo-hospital");
        var intake = new IntakeSteps(platform, operators, hospital, new ProcessClock(platform));
        foreach (var step in Steps.Skip(1).Where(options.Wants))
        {
            progress.Next(step);
            var rows = step switch
            {
                "mllp" => MllpLoad.Run(platform, options.Seconds, floor),
                "sustained" => intake.Sustained(options.Seconds),
                "large" => intake.Large(),
                _ => intake.Pdf(),
            };
            await foreach (var row in rows) yield return row;
            // What one step sent is not processed while the next is measured.
            await intake.UntilWorkedOff();
        }
    }
}
