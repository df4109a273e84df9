using System.Buffers.Binary;

namespace Health.Cards;

/// <summary>Answer of INIT FOR PURCHASE: balance 4, card sequence 2, overdraft 3, key version 1, algorithm 1, challenge 4.</summary>
public sealed record PurchaseInit(long BalanceFen, ushort CardSeq, int OverdraftFen, byte KeyVersion, byte Algorithm, byte[] Challenge)
{
    public const int Length = 15;

    public byte[] ToBytes() => [.. PurseCommands.Amount(BalanceFen), .. PurseCommands.Sequence(CardSeq), .. PurseRecord.Three(OverdraftFen), KeyVersion, Algorithm, .. Challenge];

    public static PurchaseInit? TryParse(ReadOnlySpan<byte> data) =>
        data.Length != Length ? null : new PurchaseInit(
            BinaryPrimitives.ReadUInt32BigEndian(data), BinaryPrimitives.ReadUInt16BigEndian(data[4..]), PurseRecord.Three(data[6..9]), data[9], data[10], data[11..].ToArray());
}

/// <summary>Answer of INIT FOR LOAD: balance 4, card sequence 2, key version 1, algorithm 1, challenge 4, MAC1 4.</summary>
public sealed record LoadInit(long BalanceFen, ushort CardSeq, byte KeyVersion, byte Algorithm, byte[] Challenge, byte[] Mac1)
{
    public const int Length = 16;

    public byte[] ToBytes() => [.. PurseCommands.Amount(BalanceFen), .. PurseCommands.Sequence(CardSeq), KeyVersion, Algorithm, .. Challenge, .. Mac1];

    public static LoadInit? TryParse(ReadOnlySpan<byte> data) =>
        data.Length != Length ? null : new LoadInit(
            BinaryPrimitives.ReadUInt32BigEndian(data), BinaryPrimitives.ReadUInt16BigEndian(data[4..]), data[6], data[7], data[8..12].ToArray(), data[12..].ToArray());
}

/// <summary>MAC2 and TAC of a transaction, 4 bytes each. DEBIT answers TAC | MAC2; GET TRANSACTION PROVE answers MAC2 | TAC.</summary>
public sealed record TransactionProof(byte[] Tac, byte[] Mac2)
{
    public static TransactionProof? FromDebit(ReadOnlySpan<byte> data) => data.Length != 8 ? null : new TransactionProof(data[..4].ToArray(), data[4..].ToArray());

    public static TransactionProof? FromProve(ReadOnlySpan<byte> data) => data.Length != 8 ? null : new TransactionProof(data[4..].ToArray(), data[..4].ToArray());
}

/// <summary>A record of file 0018 (23 bytes): sequence 2, overdraft 3, amount 4, type 1, terminal 6, date 4, time 3.</summary>
public sealed record PurseRecord(ushort CardSeq, long AmountFen, byte Type, string TerminalNo, string DateTime)
{
    public const int Length = 23;

    /// <summary>How many the card keeps.</summary>
    public const int Kept = 10;

    public byte[] ToBytes() => [.. PurseCommands.Sequence(CardSeq), 0, 0, 0, .. PurseCommands.Amount(AmountFen), Type, .. PurseCommands.Terminal(TerminalNo), .. Bcd.Pack(DateTime, 7)];

    public static PurseRecord? TryParse(ReadOnlySpan<byte> data)
    {
        if (data.Length != Length || Bcd.Unpack(data[10..16]) is not { } terminal || Bcd.Unpack(data[16..]) is not { Length: 14 } at) return null;
        return new PurseRecord(BinaryPrimitives.ReadUInt16BigEndian(data), BinaryPrimitives.ReadUInt32BigEndian(data[5..]), data[9], terminal, at);
    }

    internal static byte[] Three(int value) => [(byte)(value >> 16), (byte)(value >> 8), (byte)value];

    internal static int Three(ReadOnlySpan<byte> bytes) => bytes[0] << 16 | bytes[1] << 8 | bytes[2];
}

/// <summary>File 0015: issuer 8, type 1, version 1, purse number 10 (right-justified BCD), start 4, end 4, control information 2.</summary>
public sealed record PurseApplicationData(string IssuerCode, string PurseNo, DateOnly Start, DateOnly End)
{
    public byte[] ToBytes() => [.. Bcd.Pack(IssuerCode.PadLeft(16, '0'), 8), 0x02, 0x01, .. Bcd.Pack(PurseNo.PadLeft(20, '0'), 10), .. Bcd.Date(Start), .. Bcd.Date(End), 0x00, 0x00];

    public static PurseApplicationData? TryParse(ReadOnlySpan<byte> data)
    {
        if (data.Length != 30 || Bcd.Unpack(data[..8]) is not { } issuer || Bcd.Unpack(data[10..20]) is not { Length: 20 } number) return null;
        return Bcd.ToDate(data[20..24]) is { } start && Bcd.ToDate(data[24..28]) is { } end ? new PurseApplicationData(issuer, number[4..], start, end) : null;
    }
}
