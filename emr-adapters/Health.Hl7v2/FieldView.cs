using System.Text;

namespace Health.Hl7v2;

/// <summary>One field with all its repetitions; a view, valid as long as the message is.</summary>
public readonly struct FieldView
{
    private readonly SegmentView segment;
    private readonly int start, length;
    private readonly bool literal;

    internal FieldView(SegmentView segment, int number, int start, int length, bool literal)
    {
        this.segment = segment;
        Number = number;
        this.start = start;
        this.length = length;
        this.literal = literal;
    }

    public int Number { get; }

    /// <summary>The field as it stands in the message, in UTF-8: separators and escapes untouched.</summary>
    public ReadOnlySpan<byte> Bytes => length > 0 ? segment.Message.Bytes(start, length) : default;

    public Hl7Presence Presence => ComponentView.PresenceOf(Bytes);

    public bool IsPresent => Presence == Hl7Presence.Present;

    /// <summary>The path of this field, for diagnostics. Built when it is asked for.</summary>
    public string Path => segment.PathOf(Number);

    /// <summary>All repetitions in order; none for an absent field, one for a null one.</summary>
    public RepetitionList Repetitions => new(this);

    /// <summary>Repetition by number from 1; one that is not there reads as absent.</summary>
    public RepetitionView Repetition(int number)
    {
        if (length <= 0 || number < 1) return new RepetitionView(segment, Number, 1, start, 0, literal);
        var (from, size) = literal ? (start, number == 1 ? length : 0) : ComponentView.Slice(segment.Message, start, length, segment.Message.Separators.Repetition, number);
        return new RepetitionView(segment, Number, number, from, size, literal);
    }

    /// <summary>Component by number from 1, of the first repetition.</summary>
    public ComponentView Component(int number)
    {
        var message = segment.Message;
        if (length <= 0 || number < 1 || literal) return Repetition(1).Component(number);
        var (from, size) = ComponentView.Slice(message, start, length, message.Separators.Repetition, 1);
        (from, size) = ComponentView.Slice(message, from, size, message.Separators.Component, number);
        return new ComponentView(message, from, size, false, false);
    }

    /// <summary>The whole field unescaped, with its separators as they stand; empty when absent or null.</summary>
    public string ToText() => TextOrNull() ?? "";

    /// <summary>The whole field unescaped; null unless a value is present.</summary>
    public string? TextOrNull() => IsPresent ? literal ? Encoding.UTF8.GetString(Bytes) : Hl7Escape.Decode(Bytes, segment.Message.Separators, segment.Message.Charset) : null;

    public override string ToString() => ToText();

    internal bool IsLiteral => literal;

    internal Hl7Separators Separators => segment.Message.Separators;

    /// <summary>The repetition at an offset of the field.</summary>
    internal RepetitionView Part(int number, int offset, int size) => new(segment, Number, number, start + offset, size, literal);

    internal ComponentView Whole => new(segment.Message, start, length, literal, false);
}
