namespace Health.Cards;

/// <summary>
/// How a protected update is packed. Field implementations disagree (card domain §1.3 [S1]), so it is a setting of the desk and of the virtual chip; ask the
/// maker of the card's operating system which one holds.
/// </summary>
/// <param name="LengthFirst">The plaintext begins with a byte that tells the length of the data.</param>
/// <param name="PadTo">The data are padded 80 00… to a multiple of this, then filled with 00 to whole blocks of SM4.</param>
/// <param name="MacLength">Bytes of the CBC-MAC that travel.</param>
public sealed record SecureMessagingForm(bool LengthFirst, int PadTo, int MacLength)
{
    /// <summary>Profile MY-HC/1: the form whose lengths were seen on the wire (14, 24, 34, 74, C4).</summary>
    public static readonly SecureMessagingForm Profile = new(true, Sm4.BlockSize, 4);

    /// <summary>As a second public implementation packs: no length byte, padded to 8.</summary>
    public static readonly SecureMessagingForm WithoutLength = new(false, 8, 4);

    /// <summary>The plaintext of whole blocks.</summary>
    public byte[] Plain(ReadOnlySpan<byte> data)
    {
        var lead = LengthFirst ? 1 : 0;
        var padded = ((data.Length + lead) / PadTo + 1) * PadTo;
        var plain = new byte[(padded + Sm4.BlockSize - 1) / Sm4.BlockSize * Sm4.BlockSize];
        if (LengthFirst) plain[0] = checked((byte)data.Length);
        data.CopyTo(plain.AsSpan(lead));
        plain[lead + data.Length] = 0x80;
        return plain;
    }

    /// <summary>The data of a plaintext; null when it is not packed in this form.</summary>
    public byte[]? Data(ReadOnlySpan<byte> plain)
    {
        var end = plain.LastIndexOfAnyExcept((byte)0);
        var lead = LengthFirst ? 1 : 0;
        if (end < lead || plain[end] != 0x80) return null;
        var data = plain[lead..end].ToArray();
        return CardCrypto.Same(Plain(data), plain) ? data : null;
    }
}
