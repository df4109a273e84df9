namespace Health.Cards;

/// <summary>One exclusive connection in a context of its own.</summary>
internal sealed class PcscConnection : ICardConnection
{
    private readonly nint context;
    private readonly nint card;
    private readonly byte[] receive = new byte[258 + 8];
    private PcscNative.IoRequest request;
    private bool disposed;

    public PcscConnection(string reader)
    {
        Check("establish", PcscNative.EstablishContext(PcscNative.ScopeSystem, 0, 0, out context));
        try
        {
            Check("connect", PcscNative.Connect(context, reader, PcscNative.ShareExclusive, PcscNative.ProtocolT0OrT1, out card, out var protocol));
            request = new PcscNative.IoRequest { Protocol = protocol, Length = 16 };
            var (name, atr) = (new byte[256], new byte[33]);
            nuint nameLength = 256, atrLength = 33;
            Check("status", PcscNative.Status(card, name, ref nameLength, out _, out _, atr, ref atrLength));
            Atr = atr[..(int)atrLength];
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public byte[] Atr { get; }

    public byte[] Transmit(ReadOnlySpan<byte> command)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        var send = command.ToArray();
        var length = (nuint)receive.Length;
        Check("transmit", PcscNative.Transmit(card, ref request, ref send[0], (nuint)send.Length, 0, receive, ref length));
        return receive[..(int)length];
    }

    public void Dispose()
    {
        if (disposed) return;
        disposed = true;
        if (card != 0) _ = PcscNative.Disconnect(card, PcscNative.ResetCard);
        if (context != 0) _ = PcscNative.ReleaseContext(context);
    }

    private static void Check(string what, nint rc)
    {
        if (rc != 0) throw new CardLostException($"PC/SC {what} failed", PcscNative.Code(rc));
    }
}
