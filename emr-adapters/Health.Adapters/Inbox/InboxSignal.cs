using System.Threading.Channels;

namespace Health.Adapters.Inbox;

/// <summary>Wakes whoever waits for work. Signals are lost at a crash, so waiters also look by themselves from time to time.</summary>
internal sealed class Wake
{
    private readonly Channel<bool> signals = Channel.CreateBounded<bool>(new BoundedChannelOptions(16) { FullMode = BoundedChannelFullMode.DropWrite });

    public void Signal() => signals.Writer.TryWrite(true);

    /// <summary>
    /// Works until it is stopped: step after step while there is more, then at each signal. After a failure, which <paramref name="failed"/> is told, at the next one.
    /// </summary>
    /// <param name="step">True when there may be more to do at once.</param>
    public async Task Work(Func<CancellationToken, Task<bool>> step, TimeSpan lookAgain, TimeProvider time, Action<Exception> failed, CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                if (!await step(stopping)) await Wait(lookAgain, time, stopping);
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                failed(e);
                await Wait(lookAgain, time, stopping);
            }
        }
    }

    /// <summary>Returns at a signal or after <paramref name="atMost"/>.</summary>
    public async Task Wait(TimeSpan atMost, TimeProvider time, CancellationToken ct)
    {
        using var limit = new CancellationTokenSource(atMost, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(ct, limit.Token);
        try
        {
            await signals.Reader.ReadAsync(both.Token);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            // The time was up: look anyway.
        }
    }
}

/// <summary>The kinds of work the inbox gives.</summary>
internal sealed class InboxSignal
{
    /// <summary>Messages wait to be processed.</summary>
    public Wake Received { get; } = new();

    /// <summary>Notices wait to be published.</summary>
    public Wake NoticeDue { get; } = new();

    /// <summary>Application acknowledgements wait to be given.</summary>
    public Wake AckDue { get; } = new();
}
