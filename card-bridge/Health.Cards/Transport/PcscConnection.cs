namespace Health.Cards;

/// <summary>One exclusive connection in a context of its own.</summary>
internal sealed class PcscConnection : ICardConnection
{
    private readonly nint context;
    private readonly nint card;
    private readonly byte[] receive = new byte[258 + 8];
    private readonly byte[] request;
    private bool disposed;

    public PcscConnection(string reader)
    {
        Check("establish", PcscNative.EstablishContext(PcscNative.ScopeSystem, out context));
        try
        {
            Check("connect", PcscNative.Connect(context, reader, PcscNative.ShareExclusive, PcscNative.ProtocolT0OrT1, out card, out var protocol));
            request = PcscNative.Layout.IoRequest(protocol);
            var atr = new byte[PcscNative.Layout.AtrSize];
            Check("status", PcscNative.Status(card, atr, out var atrLength));
            Atr = atr[..atrLength];
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
        Check("transmit", PcscNative.Transmit(card, request, command, receive, out var length));
        return receive[..length];
    }

    public void Dispose()
    {
        if (disposed) return;
        disposed = true;
        if (card != 0) _ = PcscNative.Disconnect(card, PcscNative.ResetCard);
        if (context != 0) _ = PcscNative.ReleaseContext(context);
    }

    private static void Check(string what, uint rc)
    {
        if (rc != 0) throw new CardLostException($"PC/SC {what} failed", rc);
    }
}
