namespace Health.Adapters.Listening;

/// <summary>How long a peer may take, not counting what it is made to wait for. The token ends when the time is up.</summary>
internal sealed class ReadTime : IDisposable
{
    private readonly CancellationTokenSource timer;
    private readonly TimeProvider time;
    private TimeSpan left;
    private long since;

    public ReadTime(TimeSpan limit, TimeProvider time)
    {
        (this.time, left, since) = (time, limit, time.GetTimestamp());
        timer = new CancellationTokenSource(limit, time);
    }

    public CancellationToken Token => timer.Token;

    public void Pause()
    {
        left -= time.GetElapsedTime(since);
        timer.CancelAfter(Timeout.InfiniteTimeSpan);
    }

    public void Resume()
    {
        since = time.GetTimestamp();
        timer.CancelAfter(left > TimeSpan.Zero ? left : TimeSpan.Zero);
    }

    public void Dispose() => timer.Dispose();
}
