namespace Health.Cards;

/// <summary>
/// Protected updates (profile §4.5): the plaintext is packed in a <see cref="SecureMessagingForm"/>, SM4-ECB under the session key of the file's update
/// key; the MAC covers the 5-byte header (with Lc) and the cipher. The challenge of the session is asked for immediately before.
/// </summary>
public static class SecureMessaging
{
    public static CommandApdu Update(ReadOnlySpan<byte> session, byte cla, byte ins, byte p1, byte p2, ReadOnlySpan<byte> data, SecureMessagingForm? form = null)
    {
        form ??= SecureMessagingForm.Profile;
        return Seal(session, cla, ins, p1, p2, Sm4.Encrypt(session, form.Plain(data)), form);
    }

    /// <summary>A command without data that carries only a MAC (index write 84 D2, erase 84 0C).</summary>
    public static CommandApdu MacOnly(ReadOnlySpan<byte> session, byte cla, byte ins, byte p1, byte p2, SecureMessagingForm? form = null) =>
        Seal(session, cla, ins, p1, p2, [], form ?? SecureMessagingForm.Profile);

    /// <summary>The card's side: the data of a protected update, or null when MAC or padding are wrong.</summary>
    public static byte[]? Open(ReadOnlySpan<byte> session, CommandApdu command, SecureMessagingForm? form = null)
    {
        form ??= SecureMessagingForm.Profile;
        if (!MacHolds(session, command, form)) return null;
        var cipher = command.Data.AsSpan(..^form.MacLength);
        if (cipher.Length == 0 || cipher.Length % Sm4.BlockSize != 0) return null;
        return form.Data(Sm4.Decrypt(session, cipher));
    }

    public static bool MacHolds(ReadOnlySpan<byte> session, CommandApdu command, SecureMessagingForm? form = null)
    {
        var length = (form ?? SecureMessagingForm.Profile).MacLength;
        if (command.Data.Length < length) return false;
        return CardCrypto.Same(Sm4.Mac(session, Covered(command.Cla, command.Ins, command.P1, command.P2, command.Data.Length, command.Data.AsSpan(..^length))).AsSpan(0, length), command.Data.AsSpan(^length..));
    }

    /// <summary>What the MAC covers: the header with Lc, and the cipher.</summary>
    public static byte[] Covered(byte cla, byte ins, byte p1, byte p2, int lc, ReadOnlySpan<byte> cipher) => [cla, ins, p1, p2, checked((byte)lc), .. cipher];

    private static CommandApdu Seal(ReadOnlySpan<byte> session, byte cla, byte ins, byte p1, byte p2, byte[] cipher, SecureMessagingForm form)
    {
        var mac = Sm4.Mac(session, Covered(cla, ins, p1, p2, cipher.Length + form.MacLength, cipher)).AsSpan(0, form.MacLength);
        return new CommandApdu(cla, ins, p1, p2, [.. cipher, .. mac]);
    }
}
