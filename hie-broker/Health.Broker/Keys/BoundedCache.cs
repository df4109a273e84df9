using System.Collections.Concurrent;

namespace Health.Broker.Keys;

/// <summary>
/// A cache of at most twice <paramref name="generation"/> entries: what is read moves to the young generation; when that is full the old
/// one is dropped. Cheap under concurrency, and close enough to least-recently-used.
/// </summary>
internal sealed class BoundedCache<TKey, TValue>(int generation) where TKey : notnull where TValue : class
{
    private readonly Lock turning = new();
    private volatile ConcurrentDictionary<TKey, TValue> young = new();
    private volatile ConcurrentDictionary<TKey, TValue> old = new();
    private long epoch;

    /// <summary>Changes at every removal: a value loaded before a removal must not be put after it.</summary>
    public long Epoch => Interlocked.Read(ref epoch);

    public TValue? Get(TKey key)
    {
        if (young.TryGetValue(key, out var value)) return value;
        var seen = Epoch;
        if (!old.TryGetValue(key, out value)) return null;
        Put(key, value, seen);
        return value;
    }

    public void Put(TKey key, TValue value, long loadedAt)
    {
        lock (turning)
        {
            if (loadedAt != epoch) return;
            if (young.Count >= generation)
            {
                old = young;
                young = new ConcurrentDictionary<TKey, TValue>();
            }

            young[key] = value;
        }
    }

    public void Remove(TKey key)
    {
        lock (turning)
        {
            epoch++;
            young.TryRemove(key, out _);
            old.TryRemove(key, out _);
        }
    }
}
