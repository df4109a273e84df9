namespace Health.Cards;

/// <summary>A SAM in software with the published test keys. It exists for Development and the demo and cannot be made elsewhere.</summary>
public sealed class SoftSam : ISigningSam
{
    private readonly MasterKeys masters;
    private readonly SequenceFile sequence;
    private byte[]? working;

    // The published test key of records; a real module keeps its own.
    private readonly Sm2KeyPair signing = Sm2KeyPair.FromHex(Convert.ToHexString(Sm3.Hash("MY-HC/1 test SAM_SIGN"u8)));

    /// <param name="development">Whether this process runs in Development; otherwise construction throws.</param>
    /// <param name="sequence">Where the terminal sequence is kept.</param>
    public SoftSam(MasterKeys masters, string serialNo, string terminalNo, SequenceFile sequence, bool development)
    {
        if (!development) throw new InvalidOperationException("The software SAM holds test keys and runs only in Development: configure a hardware SAM.");
        PurseCommands.Terminal(terminalNo);
        this.masters = masters;
        this.sequence = sequence;
        SerialNo = serialNo;
        TerminalNo = terminalNo;
    }

    public string SerialNo { get; }
    public string TerminalNo { get; }

    public void Derive(SamKey key, params ReadOnlySpan<byte[]> factors)
    {
        var derived = masters.Find(key) ?? throw new SamKeyMissingException(key);
        foreach (var factor in factors) derived = CardCrypto.Diversify(derived, factor);
        working = derived;
    }

    public byte[] Encrypt(ReadOnlySpan<byte> blocks) => Sm4.Encrypt(Working, blocks);

    public byte[] Mac(ReadOnlySpan<byte> data) => Sm4.Mac(Working, data);

    public ReadOnlyMemory<byte> Certificate => (byte[])[.. signing.Public.Bytes.Span, .. System.Text.Encoding.ASCII.GetBytes(TerminalNo), .. new byte[VisitLayout.CertificateSize - Sm2.PublicKeySize - 12]];

    public byte[] Sign(ReadOnlySpan<byte> data) => signing.Sign(data);

    public uint NextTermSeq() => sequence.Next();

    private byte[] Working => working ?? throw new InvalidOperationException("No working key: derive one first.");
}
