using System.Text;

namespace Health.Hl7v2;

/// <summary>One segment of a message; a view, valid as long as the message is.</summary>
public readonly struct SegmentView
{
    private readonly Hl7Message message;
    private readonly int position;

    internal SegmentView(Hl7Message message, int position)
    {
        this.message = message;
        this.position = position;
    }

    /// <summary>False for a segment that was asked for and is not there: all its fields are absent.</summary>
    public bool Exists => position >= 0;

    /// <summary>Place in the message, from 0; -1 when it does not exist.</summary>
    public int Position => position;

    /// <summary>Segment name, e.g. <c>PID</c>.</summary>
    public string Name => Encoding.UTF8.GetString(NameBytes);

    /// <summary>The segment as it stands in the message, in UTF-8, without its end.</summary>
    public ReadOnlySpan<byte> Bytes => Exists ? message.Bytes(message.Span(position).Start, message.Span(position).End - message.Span(position).Start) : default;

    /// <summary>Number of the last field that is there at all, even if empty.</summary>
    public int FieldCount => !Exists ? 0 : message.Span(position).MarkCount + (IsHeader ? 1 : 0);

    /// <summary>Field by number from 1, counted as HL7 does: MSH-1 is the field separator itself, MSH-2 the encoding characters.</summary>
    public FieldView this[int field]
    {
        get
        {
            if (field < 1 || field > FieldCount) return new FieldView(message, this, field, 0, -1, false);
            var span = message.Span(position);
            var marks = message.MarksOf(span);
            if (!IsHeader) return Field(field, field, span, marks, false);
            return field == 1 ? new FieldView(message, this, 1, span.Start + 3, 1, true) : Field(field, field - 1, span, marks, field == 2);
        }
    }

    /// <summary>Which one of its name this is, from 1.</summary>
    public int Occurrence
    {
        get
        {
            var count = 0;
            for (var i = 0; i <= position; i++)
                if (new SegmentView(message, i).NameBytes.SequenceEqual(NameBytes)) count++;
            return count;
        }
    }

    public bool Is(string name)
    {
        var bytes = NameBytes;
        if (bytes.Length != name.Length) return false;
        for (var i = 0; i < bytes.Length; i++) if (bytes[i] != name[i]) return false;
        return true;
    }

    /// <summary>The path of a field of this segment, for diagnostics: <c>OBX[2]-5</c>; field 0 names the segment.</summary>
    public string PathOf(int field = 0)
    {
        var occurrence = Occurrence;
        var name = occurrence > 1 ? $"{Name}[{occurrence}]" : Name;
        return field == 0 ? name : $"{name}-{field}";
    }

    public override string ToString() => Encoding.UTF8.GetString(Bytes);

    internal Hl7Message Message => message;

    private ReadOnlySpan<byte> NameBytes
    {
        get
        {
            var bytes = Bytes;
            var end = bytes.IndexOf(message.Separators.Field);
            return end < 0 ? bytes.TrimEnd((byte)' ') : bytes[..end];
        }
    }

    /// <summary>Headers of messages, files and batches carry the separators as their first two fields.</summary>
    private bool IsHeader => NameBytes is [(byte)'M', (byte)'S', (byte)'H'] or [(byte)'F', (byte)'H', (byte)'S'] or [(byte)'B', (byte)'H', (byte)'S'];

    private FieldView Field(int number, int mark, SegmentSpan span, ReadOnlySpan<int> marks, bool literal)
    {
        var start = marks[mark - 1] + 1;
        var end = mark < marks.Length ? marks[mark] : span.End;
        return new FieldView(message, this, number, start, end - start, literal);
    }
}
