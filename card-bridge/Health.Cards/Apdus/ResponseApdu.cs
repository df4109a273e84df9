namespace Health.Cards;

/// <summary>
/// A response APDU: data and status word. A card pulled out of the reader gives 0 bytes with a success code of the reader, so fewer
/// than two bytes is "unknown", never success, and <see cref="TryParse"/> gives null.
/// </summary>
public sealed record ResponseApdu(byte[] Data, ushort Sw)
{
    public bool IsOk => Sw == StatusWord.Ok;

    public byte[] ToBytes() => [.. Data, (byte)(Sw >> 8), (byte)Sw];

    public static ResponseApdu? TryParse(ReadOnlySpan<byte> bytes) =>
        bytes.Length < 2 ? null : new ResponseApdu(bytes[..^2].ToArray(), (ushort)((bytes[^2] << 8) | bytes[^1]));

    public static ResponseApdu Status(ushort sw) => new([], sw);

    public static ResponseApdu Success(params byte[] data) => new(data, StatusWord.Ok);
}
