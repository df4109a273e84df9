namespace Health.Cards;

/// <summary>
/// What the personaliser writes into one chip: chip serial 8, number of items 1, the items as TLVs, then the 21 card keys of 16 bytes in
/// the order of <see cref="CardKeys.All"/>. The photo and the purse come from elsewhere.
/// </summary>
public sealed record PersonalisationData(string ChipSerial, IReadOnlyList<Tlv> Items, byte[] Keys)
{
    /// <summary>Room for every record: items of EF05, EF06 and the validity take less than 350 bytes.</summary>
    public const int MaxSize = 1024;

    /// <summary>The items that are the same for nobody else or needed from the first day: EF05, EF06 and the validity; the rest of a chip starts blank.</summary>
    private static readonly CardItem[] Written = [.. CardFiles.Issuer.Items.Where(item => item.Number != 5), .. CardFiles.Holder.Items, CardFiles.Validity.Item(7)];

    /// <summary>Writes the data of one card and gives its length.</summary>
    public static int Write(CardPersonalisation card, CardKeyDeriver deriver, Span<byte> to)
    {
        var factor = Convert.FromHexString(card.ChipSerial);
        factor.CopyTo(to);
        to[8] = (byte)Written.Length;
        var at = 9;
        foreach (var item in Written)
        {
            var value = card.Value(item);
            (to[at], to[at + 1]) = (item.Number, (byte)value.Length);
            value.CopyTo(to[(at + 2)..]);
            at += 2 + value.Length;
        }
        deriver.Derive(factor, to.Slice(at, CardKeyDeriver.AllKeysSize));
        return at + CardKeyDeriver.AllKeysSize;
    }

    /// <summary>Null when the bytes are not such data.</summary>
    public static PersonalisationData? TryRead(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < 9 + CardKeyDeriver.AllKeysSize) return null;
        var at = 9;
        List<Tlv> items = [];
        for (var i = 0; i < bytes[8]; i++)
        {
            if (bytes.Length < at + 2 || bytes.Length < at + 2 + bytes[at + 1]) return null;
            items.Add(new Tlv(bytes[at], bytes.Slice(at + 2, bytes[at + 1]).ToArray()));
            at += 2 + bytes[at + 1];
        }
        return bytes.Length - at == CardKeyDeriver.AllKeysSize ? new PersonalisationData(Convert.ToHexString(bytes[..8]), items, bytes[at..].ToArray()) : null;
    }
}
