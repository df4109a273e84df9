using System.Text;

namespace Health.Hl7v2;

/// <summary>One field with all its repetitions; a view, valid as long as the message is.</summary>
public readonly struct FieldView
{
    private readonly Hl7Message message;
    private readonly SegmentView segment;
    private readonly int start, length;
    private readonly bool literal;

    internal FieldView(Hl7Message message, SegmentView segment, int number, int start, int length, bool literal)
    {
        this.message = message;
        this.segment = segment;
        Number = number;
        this.start = start;
        this.length = length;
        this.literal = literal;
    }

    public int Number { get; }

    /// <summary>The field as it stands in the message, in UTF-8: separators and escapes untouched.</summary>
    public ReadOnlySpan<byte> Bytes => length > 0 ? message.Bytes(start, length) : default;

    public Hl7Presence Presence => ComponentView.PresenceOf(Bytes);

    public bool IsPresent => Presence == Hl7Presence.Present;

    /// <summary>The path of this field, for diagnostics. Built when it is asked for.</summary>
    public string Path => segment.PathOf(Number);

    /// <summary>All repetitions in order; none for an absent field, one for a null one.</summary>
    public IEnumerable<RepetitionView> Repetitions
    {
        get
        {
            if (length <= 0) yield break;
            var at = start;
            for (var number = 1; ; number++)
            {
                var end = literal ? -1 : message.Bytes(at, start + length - at).IndexOf(message.Separators.Repetition);
                yield return new RepetitionView(segment, Number, number, at, end < 0 ? start + length - at : end, literal);
                if (end < 0) yield break;
                at += end + 1;
            }
        }
    }

    /// <summary>Repetition by number from 1; one that is not there reads as absent.</summary>
    public RepetitionView Repetition(int number)
    {
        if (length <= 0 || number < 1) return new RepetitionView(segment, Number, 1, start, 0, literal);
        var (from, size) = literal ? (start, number == 1 ? length : 0) : ComponentView.Slice(message, start, length, message.Separators.Repetition, number);
        return new RepetitionView(segment, Number, number, from, size, literal);
    }

    /// <summary>Component by number from 1, of the first repetition.</summary>
    public ComponentView Component(int number) => Repetition(1).Component(number);

    /// <summary>The whole field unescaped, with its separators as they stand; empty when absent or null.</summary>
    public string ToText() => TextOrNull() ?? "";

    /// <summary>The whole field unescaped; null unless a value is present.</summary>
    public string? TextOrNull() => IsPresent ? literal ? Encoding.UTF8.GetString(Bytes) : Hl7Escape.Decode(Bytes, message.Separators, message.Charset) : null;

    public override string ToString() => ToText();

    internal ComponentView Whole => new(message, start, length, literal, false);
}
