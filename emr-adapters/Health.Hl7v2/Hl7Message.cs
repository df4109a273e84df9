using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace Health.Hl7v2;

/// <summary>
/// One HL7 v2 message (2.1–2.9) in ER7 form: all segments in the order they came, unknown, Z- and misplaced ones too. Reading never
/// throws on data and never changes it: <see cref="Raw"/> is byte for byte what was given. Components are split and unescaped only
/// when they are asked for. Not thread-safe to dispose while views are in use.
/// </summary>
public sealed class Hl7Message : IDisposable
{
    private static readonly SearchValues<byte> Blanks = SearchValues.Create(" \t\r\n\0\v"u8);
    private readonly Hl7Index index = new();
    private readonly List<Hl7Diagnostic> diagnostics;
    private byte[] bytes = [];
    private int offset, length;

    internal Hl7Message(List<Hl7Diagnostic> diagnostics) => this.diagnostics = diagnostics;

    /// <summary>The bytes as they came, in <see cref="Charset"/>.</summary>
    public ReadOnlyMemory<byte> Raw { get; private set; }

    /// <summary>The message in UTF-8, from MSH on.</summary>
    public ReadOnlySpan<byte> Body => bytes.AsSpan(offset, length);

    public Hl7Charset Charset { get; private set; } = Hl7Charset.Utf8;
    public Hl7Separators Separators { get; private set; } = Hl7Separators.Standard;

    /// <summary>What was noticed while reading; empty for a clean message.</summary>
    public IReadOnlyList<Hl7Diagnostic> Diagnostics => diagnostics;

    public int SegmentCount => index.SegmentCount;

    /// <summary>MSH-9.1, e.g. <c>ADT</c>; empty when missing.</summary>
    public string MessageCode => Get("MSH-9.1") ?? "";

    /// <summary>MSH-9.2, e.g. <c>A04</c>; empty when missing.</summary>
    public string TriggerEvent => Get("MSH-9.2") ?? "";

    /// <summary>MSH-10; empty when missing.</summary>
    public string ControlId => Get("MSH-10") ?? "";

    /// <summary>MSH-12.1, e.g. <c>2.5.1</c>; empty when missing.</summary>
    public string VersionId => Get("MSH-12.1") ?? "";

    /// <param name="raw">Without MLLP framing. Kept, not copied: the caller leaves it unchanged.</param>
    /// <param name="configured">The character set the source is known to send, whatever MSH-18 says.</param>
    /// <returns>No message only when there is no MSH with a usable MSH-1.</returns>
    public static Hl7ReadResult Read(ReadOnlyMemory<byte> raw, Hl7Charset? configured = null)
    {
        var diagnostics = new List<Hl7Diagnostic>();
        var message = new Hl7Message(diagnostics);
        return new Hl7ReadResult(message.Load(raw, configured) ? message : null, diagnostics);
    }

    /// <summary>All segments in order.</summary>
    public SegmentList Segments() => new(this, null);

    /// <summary>The segments of one name, in order.</summary>
    public SegmentList Segments(string name) => new(this, name);

    /// <summary>The <paramref name="occurrence"/>th (from 1) segment of a name; one that does not exist reads as absent everywhere.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public SegmentView Segment(string name, int occurrence = 1)
    {
        var packed = Hl7Index.Pack(name);
        return packed != 0 && occurrence == 1 ? new SegmentView(this, index.Find(packed)) : Nth(name, occurrence);
    }

    private SegmentView Nth(string name, int occurrence)
    {
        foreach (var segment in Segments(name))
            if (--occurrence == 0) return segment;
        return new SegmentView(this, -1);
    }

    /// <summary>The segment at a place in the message (from 0).</summary>
    public SegmentView SegmentAt(int position) => new(this, position >= 0 && position < SegmentCount ? position : -1);

    /// <summary>The unescaped text at a path such as <c>PID-3[2].4.2</c>; null unless a value is present there.</summary>
    /// <exception cref="FormatException">The path itself is not well-formed.</exception>
    public string? Get(string path) => Find(path).TextOrNull();

    /// <summary>The place a path leads to, present or not.</summary>
    /// <exception cref="FormatException">The path itself is not well-formed.</exception>
    public ComponentView Find(string path) => Hl7Path.Parse(path).Read(this);

    /// <summary>Where a place lies in <see cref="Body"/>; length 0 when nothing is there.</summary>
    public (int Start, int Length) ExtentOf(string path) => Find(path).Extent;

    public void Dispose() => index.Dispose();

    /// <summary>The whole message in UTF-8 as text, with segment ends as they came.</summary>
    public override string ToString() => Encoding.UTF8.GetString(Body);

    internal ComponentView Whole(SegmentView segment) =>
        segment.Exists ? new ComponentView(this, index.Segment(segment.Position).Start, segment.Bytes.Length, true, false) : new ComponentView(this, 0, 0, true, false);

    internal Hl7Index Index => index;

    internal ReadOnlySpan<byte> Bytes(int start, int count) => bytes.AsSpan(offset + start, count);

    /// <summary>Takes a message in place of the one before. False when there is no MSH with a usable MSH-1.</summary>
    internal bool Load(ReadOnlyMemory<byte> raw, Hl7Charset? configured)
    {
        Raw = raw;
        if (raw.Span.StartsWith(Encoding.UTF8.Preamble)) raw = raw[3..];
        var span = raw.Span;
        if (Hl7Transcoder.WideCharset(span) is null && Utf8Check.IsValid(span))
        {
            // Nearly every message: it is read where it lies, and MSH-18 is looked up in its own index.
            if (!Take(raw)) return false;
            var named = configured ?? Declared();
            if (named is null || named == Hl7Charset.Utf8 || Ascii.IsValid(span)) Charset = named is null || named == Hl7Charset.Utf16 || named == Hl7Charset.Utf16BigEndian ? Hl7Charset.Utf8 : named;
            else if (!Take(Hl7Transcoder.FromNamed(raw, named, configured is null, diagnostics, out var charset))) return false;
            else Charset = charset;
        }
        else
        {
            if (!Take(Hl7Transcoder.ToUtf8(raw, configured, diagnostics, out var charset))) return false;
            Charset = charset;
        }

        Check();
        return true;
    }

    private bool Take(ReadOnlyMemory<byte> utf8)
    {
        var span = utf8.Span;
        var start = span.StartsWith("MSH"u8) ? 0 : span.IndexOfAnyExcept(Blanks);
        (offset, length) = (0, 0);
        if (start < 0 || !span[start..].StartsWith("MSH"u8))
        {
            var isBatch = start >= 0 && (span[start..].StartsWith("FHS"u8) || span[start..].StartsWith("BHS"u8));
            return NotHl7(isBatch ? "This is a batch: its messages are read one by one." : "The text does not begin with an MSH segment.");
        }

        if (!Hl7Separators.TryRead(span[start..], diagnostics, out var separators)) return NotHl7("MSH-1, the character after MSH, cannot be a field separator.");
        Separators = separators;
        if (MemoryMarshal.TryGetArray(utf8, out var array)) (bytes, offset, length) = (array.Array!, array.Offset + start, array.Count - start);
        else (bytes, offset, length) = (utf8.ToArray(), start, utf8.Length - start);
        index.Build(Body, separators.Field);
        return true;
    }

    /// <summary>MSH-18, its first repetition.</summary>
    private Hl7Charset? Declared()
    {
        var field = SegmentAt(0)[18];
        return field.IsPresent ? Hl7Transcoder.Named(field.Repetition(1).Bytes, diagnostics) : null;
    }

    private bool NotHl7(string text)
    {
        diagnostics.Add(Hl7Diagnostic.Error("MSH", Hl7ErrorCode.SegmentSequence, text));
        return false;
    }

    private void Check()
    {
        var header = SegmentAt(0);
        if (!header[9].IsPresent) diagnostics.Add(Hl7Diagnostic.Error("MSH-9", Hl7ErrorCode.RequiredFieldMissing, "MSH-9 is required."));
        if (!header[10].IsPresent) diagnostics.Add(Hl7Diagnostic.Error("MSH-10", Hl7ErrorCode.RequiredFieldMissing, "MSH-10 is required."));
        var spans = index.Segments;
        var reported = 0;
        for (var i = 0; i < spans.Length && reported < 20; i++)
        {
            if (spans[i].Name != 0) continue;
            reported++;
            diagnostics.Add(Hl7Diagnostic.Warning("MSH", Hl7ErrorCode.SegmentSequence, $"Line {i + 1} does not begin with a segment name and is kept unread."));
        }
    }
}
