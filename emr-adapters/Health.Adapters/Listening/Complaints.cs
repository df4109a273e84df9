using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Health.Adapters.Listening;

/// <summary>What goes wrong at a door, by kind: the first is logged at once, the others of the same minute as a number. A flood of bad connections is no flood of lines.</summary>
internal sealed class Complaints(TimeProvider time, ILogger log)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);
    private readonly ConcurrentDictionary<string, Kind> kinds = new(StringComparer.Ordinal);

    private sealed class Kind
    {
        public DateTimeOffset SaidAt = DateTimeOffset.MinValue;
        public int Unsaid;
    }

    /// <param name="kind">One of a handful of fixed names, never something a sender chose.</param>
    public void Say(string kind, string text)
    {
        var state = kinds.GetOrAdd(kind, _ => new Kind());
        int before;
        lock (state)
        {
            var now = time.GetUtcNow();
            if (now - state.SaidAt < Interval)
            {
                state.Unsaid++;
                return;
            }

            (before, state.Unsaid, state.SaidAt) = (state.Unsaid, 0, now);
        }

        log.LogWarning("{Text} ({Count} more of this kind were not told before.)", text, before);
    }
}
