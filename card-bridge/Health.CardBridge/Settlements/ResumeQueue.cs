using System.Threading.Channels;

namespace Health.CardBridge.Settlements;

/// <summary>Visits that go on without the desk: now, at a time, or after a growing pause.</summary>
public sealed class ResumeQueue(TimeProvider clock) : IDisposable
{
    private sealed record Pending(ITimer? Timer, int Tries);

    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(60);
    private readonly Channel<string> due = Channel.CreateUnbounded<string>();
    private readonly Dictionary<string, Pending> pending = [];

    public IAsyncEnumerable<string> Due(CancellationToken ct) => due.Reader.ReadAllAsync(ct);

    public void Now(string visitTx) => due.Writer.TryWrite(visitTx);

    public void At(string visitTx, DateTimeOffset time)
    {
        var pause = time - clock.GetUtcNow();
        Schedule(visitTx, pause < TimeSpan.Zero ? TimeSpan.Zero : pause, tries: 0);
    }

    /// <summary>The last try got no answer: 1 s, 2 s, 4 s … 60 s.</summary>
    public void Retry(string visitTx)
    {
        int tries;
        lock (pending) tries = pending.TryGetValue(visitTx, out var known) ? known.Tries : 0;
        var pause = TimeSpan.FromSeconds(Math.Min(LongestPause.TotalSeconds, Math.Pow(2, Math.Min(tries, 10))));
        Schedule(visitTx, pause, tries + 1);
    }

    /// <summary>Nothing is left to do for it.</summary>
    public void Forget(string visitTx)
    {
        lock (pending)
            if (pending.Remove(visitTx, out var known)) known.Timer?.Dispose();
    }

    public void Dispose()
    {
        lock (pending)
        {
            foreach (var entry in pending.Values) entry.Timer?.Dispose();
            pending.Clear();
        }
    }

    private void Schedule(string visitTx, TimeSpan pause, int tries)
    {
        lock (pending)
        {
            if (pending.TryGetValue(visitTx, out var known)) known.Timer?.Dispose();
            pending[visitTx] = new Pending(clock.CreateTimer(_ => Now(visitTx), null, pause, Timeout.InfiniteTimeSpan), tries);
        }
    }
}
