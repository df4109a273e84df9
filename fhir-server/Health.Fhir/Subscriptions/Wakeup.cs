using System.Threading.Channels;

namespace Health.Fhir.Subscriptions;

/// <summary>Tells a waiting loop that there may be something to do. Many calls before the loop looks are one.</summary>
public class Wakeup
{
    private readonly Channel<bool> channel = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    public void Set() => channel.Writer.TryWrite(true);

    public async Task Wait(CancellationToken ct) => await channel.Reader.ReadAsync(ct);
}
