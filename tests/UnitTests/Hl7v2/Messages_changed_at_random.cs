using System.Globalization;
using Health.Hl7v2;
using Health.UnitTests.Hl7v2.Fuzzing;

namespace Health.UnitTests.Hl7v2;

/// <summary>
/// <c>./health test fuzz --count N --seed S</c> runs this with more messages and public ones among the seeds; in the suite it is a small
/// number that is always the same.
/// </summary>
public sealed class Messages_changed_at_random
{
    private static readonly long Count = Setting("HEALTH_FUZZ_COUNT") ?? 2_000;
    private static readonly long First = Setting("HEALTH_FUZZ_FROM") ?? 0;
    private static readonly long Seed = Setting("HEALTH_FUZZ_SEED") ?? 20261124;
    private static readonly bool IsCampaign = Setting("HEALTH_FUZZ_COUNT") is not null;

    [Fact]
    public void are_read_written_acknowledged_and_mapped_without_an_exception()
    {
        byte[][] seeds = [.. FuzzSeeds.Own(), .. IsCampaign ? FuzzSeeds.Public() : []];
        var fuzzer = new Fuzzer(seeds, (ulong)Seed);
        if (IsCampaign) System.Console.Error.WriteLine($"seed {Seed}, {Count:N0} messages from {seeds.Length} seeds, {Environment.ProcessorCount} cores");
        long done = 0;
        var failures = new List<string>();
        Parallel.For(0, Environment.ProcessorCount, worker =>
        {
            using var reader = new Hl7Reader();
            for (long number = First + worker; number < First + Count && failures.Count < 20; number += Environment.ProcessorCount)
            {
                try
                {
                    fuzzer.Check(number, reader);
                }
                catch (Exception e)
                {
                    lock (failures) failures.Add($"message {number}: {e.GetType().Name}: {e.Message} ({fuzzer.Save(number)}) {e.StackTrace?.Split('\n')[0]}");
                }

                var sofar = Interlocked.Increment(ref done);
                if (IsCampaign && sofar % 500_000 == 0) System.Console.Error.WriteLine($"{sofar:N0} of {Count:N0}, {failures.Count} failures");
            }
        });

        Assert.True(failures.Count == 0, $"seed {Seed}:\n{string.Join('\n', failures)}");
        Assert.Equal(Count, done);
    }

    private static long? Setting(string name) =>
        long.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.Integer, CultureInfo.InvariantCulture, out var value) ? value : null;
}
