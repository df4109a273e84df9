using Health.SimulationTests.Platform;

namespace Health.Benchmarks;

/// <summary>The smoke table: create and read beside the floor at 1 and 16 clients, the card, intake. Targets are those of the issues that deepen each part.</summary>
public static class SmokeBench
{
    private const int MllpSeconds = 5;
    private static readonly int[] ClientCounts = [1, 16];

    public static async IAsyncEnumerable<BenchRow> Run(RunningPlatform platform, Progress progress)
    {
        await using var floor = await Floor.Create(platform.PostgresFolder);
        await using var bare = await ReadFloor.Start(floor.Database);
        using var fhir = new FhirLoad(Doors.Open(platform, "demo-hospital"));
        foreach (var clients in ClientCounts)
        {
            progress.Next($"floor: one-row commit, {clients} clients");
            var inserts = await floor.Inserts(clients);
            yield return new BenchRow($"floor: one-row commit, {clients} clients", inserts.PerSecond, "1/s");
            progress.Next($"FHIR create, {clients} clients");
            var creates = await fhir.Creates(clients);
            yield return BenchRow.Against($"FHIR create Observation, {clients} clients", creates, inserts, clients == 1 ? 0.4 : 0.7);
            yield return new BenchRow($"FHIR create p99, {clients} clients", creates.Percentile(0.99), "ms");

            progress.Next($"floor: indexed select, {clients} clients");
            yield return new BenchRow($"floor: indexed select, {clients} clients", (await floor.Selects(clients)).PerSecond, "1/s");
            progress.Next($"floor: bare HTTP read, {clients} clients");
            var bareReads = await bare.Reads(clients);
            yield return new BenchRow($"floor: bare HTTP endpoint with that select, {clients} clients", bareReads.PerSecond, "1/s");
            progress.Next($"FHIR read, {clients} clients");
            var reads = await fhir.Reads(clients);
            yield return BenchRow.Against($"FHIR read by id, {clients} clients", reads, bareReads, 0.7);
            yield return new BenchRow($"FHIR read p99, {clients} clients", reads.Percentile(0.99), "ms");
        }

        progress.Next("card: tap, register, pay");
        await foreach (var row in CardBench.Run(platform)) yield return row;
        progress.Next("MLLP");
        await foreach (var row in MllpLoad.Run(platform, MllpSeconds)) yield return row;
    }

    /// <summary>How many times <see cref="Run"/> says that something begins.</summary>
    public static int Steps => 5 * ClientCounts.Length + 2;
}
