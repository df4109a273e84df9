using System.Buffers.Binary;

namespace Health.Cards;

/// <summary>Commands of the purse application (JR/T 0025-2, profile §1.6). Amounts in fen, at most 4 bytes; terminal number 6 bytes BCD.</summary>
public static class PurseCommands
{
    public const byte PurchaseType = 0x06, LoadType = 0x02, KeyIndex = 0x01;
    public const byte InitInstruction = 0x50, LoadInstruction = 0x52, DebitInstruction = 0x54, ProveInstruction = 0x5A, BalanceInstruction = 0x5C;

    public static CommandApdu GetBalance() => new(0x80, BalanceInstruction, 0x00, 0x02, 4);

    public static CommandApdu InitForPurchase(long fen, string terminalNo) => new(0x80, InitInstruction, 0x01, 0x02, [KeyIndex, .. Amount(fen), .. Terminal(terminalNo)], 0x0F);

    public static CommandApdu InitForLoad(long fen, string terminalNo) => new(0x80, InitInstruction, 0x00, 0x02, [KeyIndex, .. Amount(fen), .. Terminal(terminalNo)], 0x10);

    /// <param name="mac">MAC1, 4 bytes.</param>
    public static CommandApdu Debit(uint termSeq, DateTime local, ReadOnlySpan<byte> mac) => new(0x80, DebitInstruction, 0x01, 0x00, [.. Sequence(termSeq), .. Bcd.DateTime(local), .. mac], 8);

    /// <param name="mac">MAC2 of the load, made by the operator, 4 bytes.</param>
    public static CommandApdu CreditForLoad(DateTime local, ReadOnlySpan<byte> mac) => new(0x80, LoadInstruction, 0x00, 0x00, [.. Bcd.DateTime(local), .. mac], 4);

    /// <summary>Asks for MAC2 and TAC of the last transaction, if it has this type and card sequence.</summary>
    public static CommandApdu GetTransactionProve(byte type, ushort cardSeq) => new(0x80, ProveInstruction, 0x00, type, Sequence(cardSeq), 8);

    /// <summary>Application data, file 0015 (30 bytes), by short identifier.</summary>
    public static CommandApdu ReadApplicationData() => new(0x00, 0xB0, 0x80 | CardFiles.PurseApplicationSfi, 0x00, 30);

    /// <summary>A record of file 0018; number 1 is the newest.</summary>
    public static CommandApdu ReadRecord(byte number) => new(0x00, 0xB2, number, CardFiles.PurseRecordsSfi << 3 | 4, PurseRecord.Length);

    public static byte[] Amount(long fen)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, checked((uint)fen));
        return bytes;
    }

    public static byte[] Terminal(string terminalNo) => terminalNo.Length == 12 ? Bcd.Pack(terminalNo, 6) : throw new ArgumentException("A terminal number has 12 digits.", nameof(terminalNo));

    public static byte[] Sequence(uint termSeq)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, termSeq);
        return bytes;
    }

    public static byte[] Sequence(ushort cardSeq) => [(byte)(cardSeq >> 8), (byte)cardSeq];
}
