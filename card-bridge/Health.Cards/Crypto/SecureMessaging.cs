namespace Health.Cards;

/// <summary>
/// Protected updates (profile §4.5): the plaintext is L | data, padded 80 00… to 16, SM4-ECB under the session key of the file's update
/// key; the MAC covers the 5-byte header (with Lc) and the cipher. The challenge of the session is asked for immediately before.
/// </summary>
public static class SecureMessaging
{
    public static CommandApdu Update(ReadOnlySpan<byte> session, byte cla, byte ins, byte p1, byte p2, ReadOnlySpan<byte> data)
    {
        var cipher = Sm4.Encrypt(session, Sm4.Pad([(byte)data.Length, .. data]));
        return Seal(session, cla, ins, p1, p2, cipher);
    }

    /// <summary>A command without data that carries only a MAC (index write 84 D2, erase 84 0C).</summary>
    public static CommandApdu MacOnly(ReadOnlySpan<byte> session, byte cla, byte ins, byte p1, byte p2) => Seal(session, cla, ins, p1, p2, []);

    /// <summary>The card's side: the data of a protected update, or null when MAC or padding are wrong.</summary>
    public static byte[]? Open(ReadOnlySpan<byte> session, CommandApdu command)
    {
        if (!MacHolds(session, command)) return null;
        var cipher = command.Data.AsSpan(..^4);
        if (cipher.Length == 0 || cipher.Length % Sm4.BlockSize != 0) return null;
        var plain = Sm4.Decrypt(session, cipher);
        int length = plain[0];
        return length + 1 < plain.Length && CardCrypto.Same(Sm4.Pad(plain.AsSpan(0, length + 1)), plain) ? plain[1..(length + 1)] : null;
    }

    public static bool MacHolds(ReadOnlySpan<byte> session, CommandApdu command)
    {
        if (command.Data.Length < 4) return false;
        byte[] covered = [command.Cla, command.Ins, command.P1, command.P2, (byte)command.Data.Length, .. command.Data[..^4]];
        return CardCrypto.Same(Sm4.Mac4(session, covered), command.Data.AsSpan(^4..));
    }

    private static CommandApdu Seal(ReadOnlySpan<byte> session, byte cla, byte ins, byte p1, byte p2, byte[] cipher)
    {
        var lc = (byte)checked(cipher.Length + 4);
        return new CommandApdu(cla, ins, p1, p2, [.. cipher, .. Sm4.Mac4(session, [cla, ins, p1, p2, lc, .. cipher])]);
    }
}
