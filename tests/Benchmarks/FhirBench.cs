using Health.SimulationTests.Platform;

namespace Health.Benchmarks;

/// <summary>
/// The FHIR server against its targets (docs/performance.md): every rate beside its floor, taken in the same run at the same client count. The
/// readers work on 1,000 people of twenty resources and a hundred with long lists; the growth step loads up to 64,000 people.
/// </summary>
public static class FhirBench
{
    /// <summary>Names for <c>--only</c>, in the order in which they run.</summary>
    public static readonly string[] Steps = ["create", "transactions", "synthea", "import", "read", "identifier", "observations", "everything", "asof", "growth"];

    /// <summary>People 0 to 999 are the base; the chronic ones are numbered from here, those of transactions from there.</summary>
    public const int BasePeople = 1000, FirstChronic = 2_000_000, ChronicPeople = 100, FirstInBundles = 3_000_000;

    private static readonly string[] Writers = ["create", "transactions", "synthea", "import"];

    public static int CountSteps(BenchOptions options) => Steps.Count(options.Wants) + 1;

    public static async IAsyncEnumerable<BenchRow> Run(RunningPlatform platform, BenchOptions options, Progress progress)
    {
        await using var floor = await Floor.Create(platform.PostgresFolder);
        await using var bare = await ReadFloor.Start(floor.Database);
        var loop = new ClosedLoop(platform, options.Seconds);
        var writes = new WriteSteps(platform, loop, floor);
        var reads = new ReadSteps(loop, bare, TimeProvider.System);
        progress.Next("loading 1,000 people");
        await using var loader = await BulkLoader.Open(platform);
        if (!await loader.Holds(0))
        {
            yield return new BenchRow("load by COPY through the platform's encoders", await loader.Load(0, BasePeople), "resources/s");
            await loader.Load(FirstChronic, FirstChronic + ChronicPeople, chronic: true);
            await loader.Settle();
        }

        foreach (var step in Steps.Where(options.Wants))
        {
            progress.Next(step);
            var rows = Writers.Contains(step) ? writes.Run(step) : step == "growth" ? GrowthStep.Run(loop, loader) : reads.Run(step, loader);
            await foreach (var row in rows) yield return row;
        }
    }
}
