using Health.Cards;

namespace Health.Benchmarks;

/// <summary>A reader whose chip takes its time for every command, as a real one does.</summary>
public sealed class SlowChip(ICardTransport inner, TimeSpan perCommand) : ICardTransport
{
    public string Reader => inner.Reader;

    public IAsyncEnumerable<CardEvent> Watch(CancellationToken ct) => inner.Watch(ct);

    public ICardConnection Connect() => new Slow(inner.Connect(), perCommand);

    private sealed class Slow(ICardConnection inner, TimeSpan perCommand) : ICardConnection
    {
        public byte[] Atr => inner.Atr;

        public byte[] Transmit(ReadOnlySpan<byte> command)
        {
            Thread.Sleep(perCommand);
            return inner.Transmit(command);
        }

        public void Dispose() => inner.Dispose();
    }
}
