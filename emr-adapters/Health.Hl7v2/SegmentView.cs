using System.Runtime.CompilerServices;
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
    public ReadOnlySpan<byte> Bytes
    {
        get
        {
            if (!Exists) return default;
            ref readonly var span = ref message.Index.Segment(position);
            return message.Bytes(span.Start, span.End - span.Start);
        }
    }

    /// <summary>Number of the last field that is there at all, even if empty.</summary>
    public int FieldCount => position < 0 ? 0 : message.Index.Segment(position) is var span ? span.MarkCount + span.Header : 0;

    /// <summary>Field by number from 1, counted as HL7 does: MSH-1 is the field separator itself, MSH-2 the encoding characters.</summary>
    public FieldView this[int field]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            if (position >= 0)
            {
                var index = message.Index;
                ref readonly var span = ref index.Segment(position);
                var mark = field - 1 - span.Header;
                if ((uint)mark < (uint)span.MarkCount)
                {
                    var start = index.Mark(span.FirstMark + mark) + 1;
                    return new FieldView(this, field, start, index.Mark(span.FirstMark + mark + 1) - start, mark < span.Header);
                }
            }

            return Elsewhere(field);
        }
    }

    private FieldView Elsewhere(int field) =>
        field == 1 && position >= 0 && message.Index.Segment(position).Header == 1 ? new FieldView(this, 1, message.Index.Segment(position).Start + 3, 1, true) : new FieldView(this, field, 0, -1, false);

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
        if (position < 0) return false;
        var packed = Hl7Index.Pack(name);
        if (packed != 0) return message.Index.Segment(position).Name == packed;
        return Ascii.Equals(NameBytes, name);
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
}
