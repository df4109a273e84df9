using System.Text;
using Health.Cards;

namespace Health.UnitTests.Cards;

/// <summary>
/// A SAM of profile §1.2 as a chip in a slot: files 0015 and 0016, a PIN with three attempts, derivation, cipher and MAC with key and order on the wire as the sources show
/// them. Results longer than nothing are fetched with GET RESPONSE when <see cref="AnswersMore"/> is set.
/// </summary>
internal sealed class VirtualSam(MasterKeys masters, string pin) : ICardTransport, ICardConnection
{
    private byte[] waiting = [];
    private byte[]? working;
    private ushort selected;
    private bool verified, powered;

    public int TriesLeft { get; private set; } = 3;
    public bool AnswersMore { get; set; }

    /// <summary>Instruction at which the slot is reset, once.</summary>
    public byte? ResetAt { get; set; }
    public int Connections { get; private set; }

    public string Reader => "sam";
    public byte[] Atr => [0x3B, 0x00];

    public async IAsyncEnumerable<CardEvent> Watch([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct)
    {
        await Task.CompletedTask;
        yield return new CardEvent(true, Atr);
    }

    public ICardConnection Connect()
    {
        (Connections, verified, working, selected, powered) = (Connections + 1, false, null, CardFiles.Mf, true);
        return this;
    }

    public byte[] Transmit(ReadOnlySpan<byte> bytes)
    {
        if (!powered) throw new CardLostException("reset");
        var command = CommandApdu.TryParse(bytes)!;
        if (ResetAt == command.Ins)
        {
            (ResetAt, powered) = (null, false);
            throw new CardLostException("reset");
        }
        var (sw, data) = Execute(command);
        if (data.Length > 0 && AnswersMore && command.Ins != 0xC0)
        {
            waiting = data;
            return [0x61, (byte)data.Length];
        }
        return [.. data, (byte)(sw >> 8), (byte)sw];
    }

    public void Dispose() => powered = false;

    private (ushort Sw, byte[] Data) Execute(CommandApdu c) => (c.Cla, c.Ins, c.P1) switch
    {
        (0x00, 0xA4, _) => Select((ushort)(c.Data[0] << 8 | c.Data[1])),
        (0x00, 0xB0, _) when selected == 0x0015 => (0x9000, [.. Convert.FromHexString("51070000000000000009"), 1, 1, 1, 1]),
        (0x00, 0xB0, _) when selected == 0x0016 => (0x9000, Convert.FromHexString("510700000009")),
        (0x00, 0xC0, _) => (0x9000, waiting),
        (0x00, 0x20, _) => Verify(Encoding.ASCII.GetString(c.Data)),
        _ when !verified => (0x6982, []),
        (0x80, 0xDE, _) => Derive(c),
        (0x80, 0xFA, 0x00) when working is not null => (0x9000, Sm4.Encrypt(working, c.Data)),
        (0x80, 0xFA, 0x05) when working is not null => (0x9000, Chain(working, c.Data)),
        _ => (0x6985, []),
    };

    private (ushort, byte[]) Select(ushort fid)
    {
        selected = fid;
        return (0x9000, []);
    }

    private (ushort, byte[]) Verify(string given)
    {
        if (TriesLeft == 0) return (0x6983, []);
        verified = given == pin;
        TriesLeft = verified ? 3 : TriesLeft - 1;
        return verified ? ((ushort)0x9000, []) : ((ushort)(0x63C0 | TriesLeft), []);
    }

    // card factor | city factor (two levels) | challenge, and the key by use and tag.
    private (ushort, byte[]) Derive(CommandApdu c)
    {
        if (masters.Find(new SamKey(c.P1, (byte)(c.P2 & 0x1F))) is not { } master) return (0x6A88, []);
        var (card, rest) = (c.Data[..8], c.Data[8..]);
        if (rest.Length == 16) master = CardCrypto.Diversify(master, rest.AsSpan(0, 8));
        working = CardCrypto.Diversify(CardCrypto.Diversify(master, card), rest.AsSpan(rest.Length - 8));
        return (0x9000, []);
    }

    private static byte[] Chain(byte[] key, byte[] data)
    {
        var chain = data[..16];
        for (var at = 16; at < data.Length; at += 16) chain = Sm4.Encrypt(key, [.. chain.Select((b, i) => (byte)(b ^ data[at + i]))]);
        return chain;
    }
}
