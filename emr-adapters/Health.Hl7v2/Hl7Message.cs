using System.Buffers;
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
    private readonly ReadOnlyMemory<byte> body;
    private readonly Hl7Index index;

    private Hl7Message(ReadOnlyMemory<byte> raw, ReadOnlyMemory<byte> body, Hl7Charset charset, Hl7Separators separators, List<Hl7Diagnostic> diagnostics)
    {
        Raw = raw;
        this.body = body;
        Charset = charset;
        Separators = separators;
        index = Hl7Index.Of(body.Span, separators.Field);
        Check(diagnostics);
        Diagnostics = diagnostics;
    }

    /// <summary>The bytes as they came, in <see cref="Charset"/>.</summary>
    public ReadOnlyMemory<byte> Raw { get; }

    /// <summary>The message in UTF-8, from MSH on.</summary>
    public ReadOnlySpan<byte> Body => body.Span;

    public Hl7Charset Charset { get; }
    public Hl7Separators Separators { get; }

    /// <summary>What was noticed while reading; empty for a clean message.</summary>
    public IReadOnlyList<Hl7Diagnostic> Diagnostics { get; }

    public int SegmentCount => index.Segments.Length;

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
        var body = Hl7Transcoder.ToUtf8(raw, configured, diagnostics, out var charset);
        var start = body.Span.IndexOfAnyExcept(Blanks);
        var text = start < 0 ? default : body[start..];
        if (!text.Span.StartsWith("MSH"u8))
            return NotHl7(diagnostics, text.Span.StartsWith("FHS"u8) || text.Span.StartsWith("BHS"u8) ? "This is a batch: its messages are read one by one." : "The text does not begin with an MSH segment.");
        if (!Hl7Separators.TryRead(text.Span, diagnostics, out var separators))
            return NotHl7(diagnostics, "MSH-1, the character after MSH, cannot be a field separator.");
        return new Hl7ReadResult(new Hl7Message(raw, text, charset, separators, diagnostics), diagnostics);
    }

    /// <summary>All segments in order.</summary>
    public IEnumerable<SegmentView> Segments()
    {
        for (var i = 0; i < SegmentCount; i++) yield return new SegmentView(this, i);
    }

    /// <summary>The segments of one name, in order.</summary>
    public IEnumerable<SegmentView> Segments(string name)
    {
        for (var i = 0; i < SegmentCount; i++)
        {
            var segment = new SegmentView(this, i);
            if (segment.Is(name)) yield return segment;
        }
    }

    /// <summary>The <paramref name="occurrence"/>th (from 1) segment of a name; one that does not exist reads as absent everywhere.</summary>
    public SegmentView Segment(string name, int occurrence = 1)
    {
        for (var i = 0; i < SegmentCount; i++)
        {
            var segment = new SegmentView(this, i);
            if (segment.Is(name) && --occurrence == 0) return segment;
        }

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
    public override string ToString() => Encoding.UTF8.GetString(body.Span);

    internal ComponentView Whole(SegmentView segment) =>
        segment.Exists ? new ComponentView(this, Span(segment.Position).Start, segment.Bytes.Length, true, false) : new ComponentView(this, 0, 0, true, false);

    internal SegmentSpan Span(int segment) => index.Segments[segment];

    internal ReadOnlySpan<int> MarksOf(in SegmentSpan segment) => index.Marks.Slice(segment.FirstMark, segment.MarkCount);

    internal ReadOnlySpan<byte> Bytes(int start, int length) => body.Span.Slice(start, length);

    private static Hl7ReadResult NotHl7(List<Hl7Diagnostic> diagnostics, string text)
    {
        diagnostics.Add(Hl7Diagnostic.Error("MSH", Hl7ErrorCode.SegmentSequence, text));
        return new Hl7ReadResult(null, diagnostics);
    }

    private void Check(List<Hl7Diagnostic> diagnostics)
    {
        Require("MSH-9", diagnostics);
        Require("MSH-10", diagnostics);
        var reported = 0;
        for (var i = 0; i < SegmentCount && reported < 20; i++)
        {
            var span = index.Segments[i];
            var name = body.Span[span.Start..span.End];
            var field = name.IndexOf(Separators.Field);
            if (field >= 0) name = name[..field];
            if (Hl7Index.IsSegmentName(name)) continue;
            reported++;
            diagnostics.Add(Hl7Diagnostic.Warning("MSH", Hl7ErrorCode.SegmentSequence, $"Line {i + 1} does not begin with a segment name and is kept unread."));
        }
    }

    private void Require(string path, List<Hl7Diagnostic> diagnostics)
    {
        if (Find(path).Presence != Hl7Presence.Present)
            diagnostics.Add(Hl7Diagnostic.Error(path, Hl7ErrorCode.RequiredFieldMissing, $"{path} is required."));
    }
}
