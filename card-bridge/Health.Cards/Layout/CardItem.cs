using System.Text;

namespace Health.Cards;

/// <summary>Value forms of WS/T 543.3: text padded with 00, packed digits padded with F, bytes.</summary>
public enum ItemType { An, Ans, Cn, B }

/// <summary>One data item: its number (the TLV tag), its Chinese name, its form and its length in bytes.</summary>
public sealed record CardItem(byte Number, string Name, ItemType Type, int Length)
{
    // The specification lists GB 2312; cards in the field carry GBK, and rare names need GB 18030, which contains both.
    private static readonly Encoding Chinese = CodePagesEncodingProvider.Instance.GetEncoding(
        "GB18030", EncoderFallback.ExceptionFallback, DecoderFallback.ReplacementFallback)!;

    /// <summary>The bytes of a text (for B: hexadecimal). Throws when it does not fit: a card never carries a cut name.</summary>
    public byte[] Encode(string text)
    {
        var bytes = Type switch
        {
            ItemType.Cn => Bcd.Pack(text, Length),
            ItemType.B => Convert.FromHexString(text),
            ItemType.An => Encoding.ASCII.GetBytes(text),
            _ => Chinese.GetBytes(text),
        };
        if (bytes.Length > Length || (Type == ItemType.B && bytes.Length != Length)) throw new ArgumentException($"Item {Number} {Name} takes {Length} bytes, not {bytes.Length}.", nameof(text));
        Array.Resize(ref bytes, Length);
        return bytes;
    }

    /// <summary>The text without its padding (for B: hexadecimal); null when the bytes are not of this form.</summary>
    public string? Decode(ReadOnlySpan<byte> value) => Type switch
    {
        ItemType.Cn => Bcd.Unpack(value),
        ItemType.B => Convert.ToHexString(value),
        ItemType.An => Encoding.ASCII.GetString(value.TrimEnd((byte)0)),
        _ => Chinese.GetString(value.TrimEnd((byte)0)),
    };
}
