using System.Threading.Channels;

namespace Health.Adapters.Inbox;

/// <summary>Wakes whoever waits for work. Signals are lost at a crash, so waiters also look by themselves from time to time.</summary>
internal sealed class Wake
{
    private readonly Channel<bool> signals = Channel.CreateBounded<bool>(new BoundedChannelOptions(16) { FullMode = BoundedChannelFullMode.DropWrite });

    public void Signal() => signals.Writer.TryWrite(true);

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
