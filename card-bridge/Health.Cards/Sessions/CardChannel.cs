namespace Health.Cards;

/// <summary>The card answered a command that cannot be undecided with a status word that ends the dialogue, or with nothing.</summary>
/// <param name="sw">Null: no answer arrived.</param>
public sealed class CardRefusedException(string step, ushort? sw)
    : Exception(sw is { } word ? $"{step}: {StatusWord.Text(word).En} ({word:X4})" : $"{step}: no answer")
{
    public string Step { get; } = step;
    public ushort? Sw { get; } = sw;
}

/// <summary>APDUs over a connection, counted; follows 61xx and 6Cxx for commands that may be repeated.</summary>
public sealed class CardChannel(ICardConnection connection)
{
    /// <summary>APDUs exchanged since the connection was made.</summary>
    public int Count { get; private set; }

    public byte[] Atr => connection.Atr;

    /// <summary>One exchange as it is; null when fewer than two bytes arrived: unknown.</summary>
    public ResponseApdu? Once(CommandApdu command)
    {
        Count++;
        return ResponseApdu.TryParse(connection.Transmit(command.ToBytes()));
    }

    /// <summary>For commands that change nothing: the data of a success. Throws <see cref="CardRefusedException"/> otherwise.</summary>
    public byte[] Ask(string step, CommandApdu command)
    {
        var answer = Once(command);
        if (answer is { } wrong && StatusWord.AsksOtherLength(wrong.Sw)) answer = Once(command with { Le = Length(wrong.Sw) });
        if (answer is { } more && StatusWord.HasMore(more.Sw)) answer = Once(new CommandApdu(0x00, 0xC0, 0x00, 0x00, Length(more.Sw)));
        return answer is { IsOk: true } ? answer.Data : throw new CardRefusedException(step, answer?.Sw);
    }

    /// <summary>SELECT by file identifier. The 61xx that a DF may answer is a success; its file control information is not fetched.</summary>
    public void Select(string name, ushort fid)
    {
        var answer = Once(new CommandApdu(0x00, 0xA4, 0x00, 0x00, [(byte)(fid >> 8), (byte)fid]));
        if (answer is null || !(answer.IsOk || StatusWord.HasMore(answer.Sw))) throw new CardRefusedException($"SELECT {name}", answer?.Sw);
    }

    private static int Length(ushort sw) => (sw & 0xFF) is var length and not 0 ? length : 256;
}
