using System.Text;

namespace Health.Hl7v2;

/// <summary>One component or subcomponent, or whatever place a path names; a view, valid as long as the message is.</summary>
public readonly struct ComponentView
{
    private readonly Hl7Message message;
    private readonly int start, length;
    private readonly bool literal, isSub;

    internal ComponentView(Hl7Message message, int start, int length, bool literal, bool isSub)
    {
        this.message = message;
        this.start = start;
        this.length = length;
        this.literal = literal;
        this.isSub = isSub;
    }

    public ReadOnlySpan<byte> Bytes => length > 0 ? message.Bytes(start, length) : default;

    public Hl7Presence Presence => PresenceOf(Bytes);

    public bool IsPresent => Presence == Hl7Presence.Present;

    /// <summary>Whether the bytes hold an escape character, so that they are not yet the text they stand for.</summary>
    public bool HasEscapes => length > 0 && !literal && Bytes.Contains(message.Separators.Escape);

    /// <summary>Subcomponent by number from 1; a component without subcomponents is its own first.</summary>
    public ComponentView Sub(int number)
    {
        if (length <= 0 || number < 1) return new ComponentView(message, start, 0, literal, true);
        if (literal || isSub) return new ComponentView(message, start, number == 1 ? length : 0, literal, true);
        var (from, size) = Slice(message, start, length, message.Separators.Subcomponent, number);
        return new ComponentView(message, from, size, literal, true);
    }

    /// <summary>The whole place unescaped, with separators below it as they stand; empty when absent or null.</summary>
    public string ToText() => TextOrNull() ?? "";

    /// <summary>The same; null unless a value is present.</summary>
    public string? TextOrNull() => IsPresent ? literal ? Encoding.UTF8.GetString(Bytes) : Hl7Escape.Decode(Bytes, message.Separators, message.Charset) : null;

    public override string ToString() => ToText();

    /// <summary>Where the place lies in <see cref="Hl7Message.Body"/>; length 0 when it is not there.</summary>
    internal (int Start, int Length) Extent => (start, Math.Max(length, 0));

    internal static Hl7Presence PresenceOf(ReadOnlySpan<byte> bytes) =>
        bytes.IsEmpty ? Hl7Presence.Absent : bytes is [(byte)'"', (byte)'"'] ? Hl7Presence.Null : Hl7Presence.Present;

    /// <summary>The <paramref name="number"/>th part (from 1) of a range split at a separator; length 0 when there are fewer.</summary>
    internal static (int Start, int Length) Slice(Hl7Message message, int start, int length, byte separator, int number)
    {
        var bytes = message.Bytes(start, length);
        if (number == 1) return (start, bytes.IndexOf(separator) is var first and >= 0 ? first : length);
        var at = 0;
        while (--number > 0)
        {
            var next = bytes[at..].IndexOf(separator);
            if (next < 0) return (start + length, 0);
            at += next + 1;
        }

        var end = bytes[at..].IndexOf(separator);
        return (start + at, end < 0 ? length - at : end);
    }
}
