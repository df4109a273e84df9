using System.Collections.Concurrent;

namespace Health.Contracts;

/// <summary>
/// Work that is cheaper together, such as rows of one statement: what arrives while a run is under way goes into the next one. The first item
/// starts at once, nobody waits for company.
/// </summary>
/// <param name="parallel">Runs at the same time.</param>
/// <param name="most">Items of one run.</param>
/// <param name="run">
/// Settles every item it is given, a failure too; it must not throw, and not keep the list. Its first argument, below <paramref name="parallel"/>, names the
/// place of the run: two runs of one place never overlap, so a place can own a connection.
/// </param>
public sealed class Coalescer<T>(int parallel, int most, Func<int, IReadOnlyList<T>, Task> run)
{
    private readonly ConcurrentQueue<T> waiting = new();
    private readonly ConcurrentStack<int> places = new(Enumerable.Range(0, parallel).Reverse());
    private int running;

    public void Add(T item)
    {
        waiting.Enqueue(item);
        Start();
    }

    private void Start()
    {
        while (Interlocked.Increment(ref running) > parallel)
        {
            // Whoever lowers it below the limit while something waits has to look again: the runner may have left meanwhile.
            if (Interlocked.Decrement(ref running) >= parallel || waiting.IsEmpty) return;
        }

        // A run serves many callers and must not carry the context (trace, culture) of the one who began it.
        if (ExecutionContext.IsFlowSuppressed())
        {
            _ = Run();
            return;
        }

        using (ExecutionContext.SuppressFlow()) _ = Run();
    }

    private async Task Run()
    {
        places.TryPop(out var place);
        var items = new List<T>();
        while (true)
        {
            while (items.Count < most && waiting.TryDequeue(out var item)) items.Add(item);
            if (items.Count == 0) break;
            await run(place, items);
            items.Clear();
        }

        places.Push(place);
        if (Interlocked.Decrement(ref running) < parallel && !waiting.IsEmpty) Start();
    }
}
