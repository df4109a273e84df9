namespace Health.Cards;

/// <summary>A card came or went. <paramref name="Atr"/> is empty when it went.</summary>
public readonly record struct CardEvent(bool Present, byte[] Atr);

/// <summary>A reader. PC/SC hardware or virtual reader, or a virtual chip in this process.</summary>
public interface ICardTransport
{
    string Reader { get; }

    /// <summary>The state now, then every change, until cancelled. One watcher at a time.</summary>
    IAsyncEnumerable<CardEvent> Watch(CancellationToken ct);

    /// <summary>Powers the card and takes it for this program alone. Throws <see cref="CardLostException"/> when there is none.</summary>
    ICardConnection Connect();
}

/// <summary>A powered card. A new connection starts with a reset card.</summary>
public interface ICardConnection : IDisposable
{
    byte[] Atr { get; }

    /// <summary>Whatever arrived: fewer than two bytes means that the outcome of the command is unknown. Throws <see cref="CardLostException"/> on every reader error, with the same meaning.</summary>
    byte[] Transmit(ReadOnlySpan<byte> command);
}

/// <summary>The card or the reader is gone, whatever the reader's code: what the last command did is unknown until proved. <paramref name="code"/> is the reader's.</summary>
public sealed class CardLostException(string what, long code = 0) : Exception(code == 0 ? what : $"{what} (0x{code:X8})")
{
    public long Code { get; } = code;
}
