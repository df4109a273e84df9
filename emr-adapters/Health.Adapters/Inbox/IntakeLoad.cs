namespace Health.Adapters.Inbox;

/// <summary>
/// How many senders wait for one commit of the inbox, so that the workers step back while it is many: a sender waits for its acknowledgement, nobody
/// waits for the record of the same second. Few waiting means that the machine does both.
/// </summary>
internal sealed class IntakeLoad(AdapterSettings settings, TimeProvider time)
{
    /// <summary>At the most the workers rest so many times as long as they worked: a fifth of their pace remains, so that nothing waits for ever.</summary>
    private const int RestMost = 4;

    private static readonly TimeSpan Window = TimeSpan.FromMilliseconds(250), LongestRest = TimeSpan.FromSeconds(2);
    private readonly Lock turning = new();
    private long windowBegan = time.GetTimestamp();
    private int commits, messages;

    private (double PerSecond, double PerCommit) last;

    /// <summary>So many messages shared a commit.</summary>
    public void Committed(int count)
    {
        lock (turning)
        {
            Turn();
            (commits, messages) = (commits + 1, messages + count);
        }
    }

    /// <summary>Messages taken in, of the last quarter of a second.</summary>
    public double PerSecond => Last().PerSecond;

    /// <summary>Called by a worker after so long a piece of work; returns at once unless senders wait.</summary>
    public Task StepBack(TimeSpan worked, CancellationToken ct)
    {
        // Rests as long as it worked at twice the number of senders that may wait, twice as long at three times, and so on.
        var times = Math.Min(RestMost, Last().PerCommit / settings.WaitingSenders - 1);
        return times <= 0 ? Task.CompletedTask : Task.Delay(worked * times < LongestRest ? worked * times : LongestRest, time, ct);
    }

    private (double PerSecond, double PerCommit) Last()
    {
        lock (turning)
        {
            Turn();
            return last;
        }
    }

    private void Turn()
    {
        var elapsed = time.GetElapsedTime(windowBegan);
        if (elapsed < Window) return;
        // After a longer silence what was counted says nothing about now.
        last = commits == 0 || elapsed > 4 * Window ? (0, 0) : (messages / elapsed.TotalSeconds, (double)messages / commits);
        (windowBegan, commits, messages) = (time.GetTimestamp(), 0, 0);
    }
}
