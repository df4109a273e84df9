namespace Health.Cards;

/// <summary>One data item of a record-EF: tag (1 byte, the item number), length (1 byte), value (WS/T 543.3).</summary>
public readonly record struct Tlv(byte Tag, byte[] Value)
{
    public byte[] ToBytes()
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Value.Length, 255);
        return [Tag, (byte)Value.Length, .. Value];
    }

    /// <summary>Reads exactly one item; null when the length byte does not agree with the bytes given.</summary>
    public static Tlv? TryParse(ReadOnlySpan<byte> bytes) =>
        bytes.Length < 2 || bytes[1] != bytes.Length - 2 ? null : new Tlv(bytes[0], bytes[2..].ToArray());
}
