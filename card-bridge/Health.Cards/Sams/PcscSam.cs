using System.Text;

namespace Health.Cards;

/// <summary>The module refused: wrong PIN, no such key, a command it does not know. Nothing of it is tried again by itself: a PIN has few attempts.</summary>
public sealed class SamRefusedException(string step, ushort? sw) : Exception(sw is { } word ? $"SAM {step}: {word:X4}" : $"SAM {step}: no answer");

/// <summary>
/// A SAM in a slot of a reader (profile §1.2): SELECT 3F00 and DF01, VERIFY PIN, derive <c>80 DE</c>, cipher <c>80 FA 00</c>, MAC <c>80 FA 05</c>. Serial and terminal number are read from files
/// 0015 and 0016. A slot that was reset is opened anew before the next derivation; between derivation and use it is an error of the reader.
/// </summary>
/// <param name="slot">The reader of the slot.</param>
/// <param name="pin">Digits. The delivered default 123456 is refused outside Development.</param>
/// <param name="keyVersion">Version of the master keys in the module, 0 to 7.</param>
/// <param name="sequence">Where the terminal sequence is kept: durable before it is given.</param>
public sealed class PcscSam(ICardTransport slot, string pin, int keyVersion, SequenceFile sequence, bool development) : ISam, IDisposable
{
    private const string DeliveredPin = "123456";
    private const ushort Df01 = 0xDF01;

    private readonly string pin = pin != DeliveredPin || development ? pin : throw new InvalidOperationException("The SAM still has the PIN it was delivered with: change it (profile §4.10).");
    private ICardConnection? connection;
    private (string Serial, string Terminal)? identity;
    private bool pinRefused;

    public string SerialNo => Identity.Serial;

    public string TerminalNo => Identity.Terminal;

    public void Derive(SamKey key, params ReadOnlySpan<byte[]> factors)
    {
        try
        {
            DeriveOnce(key, factors);
        }
        catch (CardLostException) when (connection is null)
        {
            // Derivation begins anew whatever was there before, so it may be repeated on a slot that was reset.
            DeriveOnce(key, factors);
        }
    }

    public byte[] Encrypt(ReadOnlySpan<byte> blocks) => Ask("cipher", 0xFA, 0x00, 0x00, blocks.ToArray(), blocks.Length);

    public byte[] Mac(ReadOnlySpan<byte> data) => Ask("MAC", 0xFA, 0x05, 0x00, [.. new byte[Sm4.BlockSize], .. Sm4.Pad(data)], Sm4.BlockSize);

    public uint NextTermSeq() => sequence.Next();

    public void Dispose() => Close();

    private (string Serial, string Terminal) Identity
    {
        get
        {
            if (identity is null) Open();
            return identity!.Value;
        }
    }

    private void DeriveOnce(SamKey key, ReadOnlySpan<byte[]> factors)
    {
        if (connection is null) Open();
        // ISam goes level by level, city before card; the module takes the card's factor first.
        byte[] data = factors.Length == 3 ? [.. factors[1], .. factors[0], .. factors[2]] : [.. factors[0], .. factors[^1]];
        if (factors.Length is not (2 or 3) || data.Length != 8 * factors.Length) throw new ArgumentException("Factors are card and challenge, or city, card and challenge, 8 bytes each.", nameof(factors));
        var answer = Exchange(new CommandApdu(0x80, 0xDE, key.Use, (byte)(key.Tag | keyVersion << 5), data));
        if (answer?.Sw is StatusWord.KeyNotFound or StatusWord.FileNotFound) throw new SamKeyMissingException(key);
        if (answer is not { IsOk: true }) throw new SamRefusedException("derive", answer?.Sw);
    }

    private byte[] Ask(string step, byte ins, byte p1, byte p2, byte[] data, int length)
    {
        var answer = Exchange(new CommandApdu(0x80, ins, p1, p2, data, length));
        return answer is { IsOk: true } && answer.Data.Length == length ? answer.Data : throw new SamRefusedException(step, answer?.Sw);
    }

    private void Open()
    {
        if (pinRefused) throw new SamRefusedException("VERIFY PIN (refused before; not tried again)", null);
        connection = slot.Connect();
        Select(CardFiles.Mf);
        var serial = File(0x0015, 14);
        var terminal = Bcd.Unpack(File(0x0016, 6)) is { Length: 12 } digits ? digits : throw new SamRefusedException("terminal number", null);
        Select(Df01);
        var verified = Exchange(new CommandApdu(0x00, 0x20, 0x00, 0x00, Encoding.ASCII.GetBytes(pin)));
        if (verified is not { IsOk: true })
        {
            pinRefused = verified is not null;
            Close();
            throw new SamRefusedException("VERIFY PIN", verified?.Sw);
        }
        identity = (Convert.ToHexString(serial.AsSpan(0, 10)), terminal);
    }

    private byte[] File(ushort fid, int length)
    {
        Select(fid);
        return Exchange(new CommandApdu(0x00, 0xB0, 0x00, 0x00, length)) is { IsOk: true } answer && answer.Data.Length == length ? answer.Data : throw new SamRefusedException($"file {fid:X4}", null);
    }

    private void Select(ushort fid)
    {
        var answer = Exchange(new CommandApdu(0x00, 0xA4, 0x00, 0x00, [(byte)(fid >> 8), (byte)fid]));
        if (answer is null || !(answer.IsOk || StatusWord.HasMore(answer.Sw))) throw new SamRefusedException($"SELECT {fid:X4}", answer?.Sw);
    }

    // A module answers long results by 61xx; then it is asked for them.
    private ResponseApdu? Exchange(CommandApdu command)
    {
        var open = connection ?? throw new CardLostException("The SAM's slot was reset.");
        try
        {
            var answer = ResponseApdu.TryParse(open.Transmit(command.ToBytes()));
            if (answer is { } more && StatusWord.HasMore(more.Sw) && command.Ins != 0xA4) answer = ResponseApdu.TryParse(open.Transmit(new CommandApdu(0x00, 0xC0, 0x00, 0x00, more.Sw & 0xFF).ToBytes()));
            return answer ?? throw new CardLostException("The SAM gave no answer.");
        }
        catch (CardLostException)
        {
            Close();
            throw;
        }
    }

    private void Close()
    {
        connection?.Dispose();
        connection = null;
    }
}
