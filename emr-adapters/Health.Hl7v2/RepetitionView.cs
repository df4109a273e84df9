using System.Text;

namespace Health.Hl7v2;

/// <summary>One repetition of a field; a view, valid as long as the message is.</summary>
public readonly struct RepetitionView
{
    private readonly Hl7Message message;
    private readonly int segment, fieldNumber, number;
    private readonly int start, length;
    private readonly bool literal;

    internal RepetitionView(SegmentView segment, int field, int number, int start, int length, bool literal)
    {
        message = segment.Message;
        this.segment = segment.Position;
        fieldNumber = field;
        this.number = number;
        this.start = start;
        this.length = length;
        this.literal = literal;
    }

    /// <summary>The path of this repetition, for diagnostics: <c>PID-3[2]</c>. Built when it is asked for.</summary>
    public string Path
    {
        get
        {
            var path = new SegmentView(message, segment).PathOf(fieldNumber);
            return number > 1 ? $"{path}[{number}]" : path;
        }
    }

    /// <summary>The segment it belongs to.</summary>
    public SegmentView Segment => new(message, segment);

    public ReadOnlySpan<byte> Bytes => length > 0 ? message.Bytes(start, length) : default;

    public Hl7Presence Presence => ComponentView.PresenceOf(Bytes);

    public bool IsPresent => Presence == Hl7Presence.Present;

    /// <summary>Component by number from 1; one that is not there reads as absent.</summary>
    public ComponentView Component(int number)
    {
        if (length <= 0 || number < 1) return new ComponentView(message, start, 0, literal, false);
        var (from, size) = literal ? (start, number == 1 ? length : 0) : ComponentView.Slice(message, start, length, message.Separators.Component, number);
        return new ComponentView(message, from, size, literal, false);
    }

    /// <summary>How many components are there, empty ones counted.</summary>
    public int ComponentCount => length <= 0 ? 0 : literal ? 1 : Bytes.Count(message.Separators.Component) + 1;

    /// <summary>The whole repetition unescaped, with its separators as they stand; empty when absent or null.</summary>
    public string ToText() => TextOrNull() ?? "";

    public string? TextOrNull() => IsPresent ? literal ? Encoding.UTF8.GetString(Bytes) : Hl7Escape.Decode(Bytes, message.Separators, message.Charset) : null;

    public override string ToString() => ToText();

    internal ComponentView Whole => new(message, start, length, literal, false);
}
