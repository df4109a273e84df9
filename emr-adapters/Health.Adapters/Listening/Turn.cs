using System.Threading.Channels;

namespace Health.Adapters.Listening;

/// <summary>One at a time. A channel of one token, not a semaphore: it may still be asked for after its owner's end, and holds nothing to give back.</summary>
internal sealed class Turn
{
    private readonly Channel<bool> token = Channel.CreateBounded<bool>(1);

    public Turn() => Give();

    public async ValueTask Take(CancellationToken ct) => await token.Reader.ReadAsync(ct);

    /// <summary>By whoever took it.</summary>
    public void Give() => token.Writer.TryWrite(true);
}
