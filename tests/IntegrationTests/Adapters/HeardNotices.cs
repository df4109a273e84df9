using System.Threading.Channels;
using Health.Contracts;

namespace Health.IntegrationTests.Adapters;

/// <summary>What a subscriber of the bus has heard.</summary>
public sealed class HeardNotices
{
    private readonly Channel<MessageProcessed> heard = Channel.CreateUnbounded<MessageProcessed>();

    public void Hear(MessagesProcessed notice)
    {
        foreach (var one in notice.Messages) heard.Writer.TryWrite(one);
    }

    public ValueTask<MessageProcessed> Next(CancellationToken ct) => heard.Reader.ReadAsync(ct);
}

/// <summary>Found by the bus by its name and method.</summary>
public sealed class HeardNoticesHandler
{
    public static void Handle(MessagesProcessed notice, HeardNotices heard) => heard.Hear(notice);
}
