using System.Threading.Channels;

namespace Health.CardBridge.Log;

/// <summary>Tells the dispatcher that the outbox holds something. Signals that come while it works are one.</summary>
public sealed class OutboxSignal
{
    private readonly Channel<bool> channel = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    public void Wake() => channel.Writer.TryWrite(true);

    /// <summary>False when the program stops.</summary>
    public async ValueTask<bool> Wait(CancellationToken ct)
    {
        try
        {
            return await channel.Reader.ReadAsync(ct);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            return false;
        }
    }
}
