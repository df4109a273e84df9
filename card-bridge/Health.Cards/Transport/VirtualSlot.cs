using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace Health.Cards;

/// <summary>A reader slot in this process with a virtual chip in it or not; a torn card leaves the slot by itself.</summary>
public sealed class VirtualSlot : ICardTransport
{
    private readonly Lock turn = new();
    private readonly List<Channel<CardEvent>> watchers = [];
    private VirtualCard? card;
    private int insertion;

    public string Reader => "direct";

    public VirtualCard? Card
    {
        get { lock (turn) return card; }
    }

    public void Insert(VirtualCard inserted)
    {
        lock (turn)
        {
            card = inserted;
            insertion++;
            inserted.Reset();
            Tell();
        }
    }

    public void Remove()
    {
        lock (turn)
        {
            card = null;
            insertion++;
            Tell();
        }
    }

    public ICardConnection Connect()
    {
        lock (turn)
        {
            if (card is null) throw new CardLostException("No card in the slot.");
            card.Reset();
            return new Connection(this, insertion, card.Atr);
        }
    }

    public async IAsyncEnumerable<CardEvent> Watch([EnumeratorCancellation] CancellationToken ct)
    {
        var channel = Channel.CreateUnbounded<CardEvent>();
        lock (turn)
        {
            watchers.Add(channel);
            channel.Writer.TryWrite(Now());
        }
        try
        {
            await foreach (var change in channel.Reader.ReadAllAsync(ct)) yield return change;
        }
        finally
        {
            lock (turn) watchers.Remove(channel);
        }
    }

    private byte[] Transmit(int connected, ReadOnlySpan<byte> command)
    {
        lock (turn)
        {
            if (card is null || connected != insertion) throw new CardLostException("The card was removed.");
            var answer = card.Transmit(command);
            if (answer.Torn) Remove();
            return answer.Bytes;
        }
    }

    private void Tell()
    {
        foreach (var watcher in watchers) watcher.Writer.TryWrite(Now());
    }

    private CardEvent Now() => card is null ? new CardEvent(false, []) : new CardEvent(true, card.Atr);

    private sealed class Connection(VirtualSlot slot, int insertion, byte[] atr) : ICardConnection
    {
        public byte[] Atr => atr;

        public byte[] Transmit(ReadOnlySpan<byte> command) => slot.Transmit(insertion, command);

        public void Dispose()
        {
        }
    }
}
