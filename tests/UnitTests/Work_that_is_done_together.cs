using Health.Contracts;

namespace Health.UnitTests;

public sealed class Work_that_is_done_together
{
    [Fact]
    public async Task takes_what_came_during_a_run_into_the_next_one()
    {
        var runs = new List<int[]>();
        var first = new TaskCompletionSource();
        var last = new TaskCompletionSource();
        var together = new Coalescer<int>(1, 10, async (_, items) =>
        {
            lock (runs) runs.Add([.. items]);
            if (items[0] == 0) await first.Task;
            if (items.Contains(12)) last.SetResult();
        });
        for (var i = 0; i <= 12; i++) together.Add(i);
        first.SetResult();
        await last.Task.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
        Assert.Equal([[0], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], [11, 12]], runs);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task loses_nothing_and_keeps_to_its_places_under_many_threads(int parallel)
    {
        const int threads = 8, each = 20_000;
        var busy = new int[parallel];
        var (settled, overlaps) = (0, 0);
        var done = new TaskCompletionSource();
        var together = new Coalescer<int>(parallel, 64, async (place, items) =>
        {
            if (Interlocked.Increment(ref busy[place]) != 1) Interlocked.Increment(ref overlaps);
            if (items[0] % 7 == 0) await Task.Yield();
            Interlocked.Decrement(ref busy[place]);
            if (Interlocked.Add(ref settled, items.Count) == threads * each) done.SetResult();
        });
        await Task.WhenAll(Enumerable.Range(0, threads).Select(thread => Task.Run(() =>
        {
            for (var i = 0; i < each; i++) together.Add(thread * each + i);
        })));
        await done.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        Assert.Equal(0, overlaps);
    }
}
