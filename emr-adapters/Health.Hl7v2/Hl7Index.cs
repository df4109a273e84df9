using System.Buffers;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Health.Hl7v2;

/// <summary>Where one segment lies: bytes [Start, End) of the body, and its field separators in <see cref="Hl7Index.Marks"/>.</summary>
internal readonly record struct SegmentSpan(int Start, int End, int FirstMark, int MarkCount);

/// <summary>
/// Offsets of segments and field separators, found in one pass of compare → mask → trailing zeros over 64 or 32 bytes at a time.
/// Separators come every few bytes in ER7, so a search call per hit would cost ten times as much. Everything below the field is
/// split when it is read. Arrays are pooled; an index that is not disposed is left to the garbage collector.
/// </summary>
internal sealed class Hl7Index : IDisposable
{
    private int[] marks;
    private SegmentSpan[] segments;
    private int markCount, segmentCount, segmentStart, segmentMarks;

    private Hl7Index(int length)
    {
        marks = ArrayPool<int>.Shared.Rent(Math.Max(128, length / 8));
        segments = ArrayPool<SegmentSpan>.Shared.Rent(32);
    }

    public ReadOnlySpan<int> Marks => marks.AsSpan(0, markCount);
    public ReadOnlySpan<SegmentSpan> Segments => segments.AsSpan(0, segmentCount);

    public static Hl7Index Of(ReadOnlySpan<byte> body, byte fieldSeparator)
    {
        var index = new Hl7Index(body.Length);
        var done = Vector512.IsHardwareAccelerated ? index.Scan512(body, fieldSeparator) : index.Scan256(body, fieldSeparator);
        for (; done < body.Length; done++)
            if (body[done] == fieldSeparator || body[done] is (byte)'\r' or (byte)'\n') index.Hit(body, done, fieldSeparator);
        index.EndSegment(body, body.Length);
        return index;
    }

    public void Dispose()
    {
        if (marks.Length > 0) ArrayPool<int>.Shared.Return(marks);
        if (segments.Length > 0) ArrayPool<SegmentSpan>.Shared.Return(segments);
        marks = [];
        segments = [];
        markCount = segmentCount = 0;
    }

    private int Scan512(ReadOnlySpan<byte> body, byte field)
    {
        ref var start = ref MemoryMarshal.GetReference(body);
        Vector512<byte> fields = Vector512.Create(field), cr = Vector512.Create((byte)'\r'), lf = Vector512.Create((byte)'\n');
        var i = 0;
        for (; i + Vector512<byte>.Count <= body.Length; i += Vector512<byte>.Count)
        {
            var block = Vector512.LoadUnsafe(ref start, (nuint)i);
            var mask = (Vector512.Equals(block, fields) | Vector512.Equals(block, cr) | Vector512.Equals(block, lf)).ExtractMostSignificantBits();
            for (; mask != 0; mask &= mask - 1) Hit(body, i + BitOperations.TrailingZeroCount(mask), field);
        }

        return i;
    }

    private int Scan256(ReadOnlySpan<byte> body, byte field)
    {
        ref var start = ref MemoryMarshal.GetReference(body);
        Vector256<byte> fields = Vector256.Create(field), cr = Vector256.Create((byte)'\r'), lf = Vector256.Create((byte)'\n');
        var i = 0;
        for (; i + Vector256<byte>.Count <= body.Length; i += Vector256<byte>.Count)
        {
            var block = Vector256.LoadUnsafe(ref start, (nuint)i);
            var mask = (Vector256.Equals(block, fields) | Vector256.Equals(block, cr) | Vector256.Equals(block, lf)).ExtractMostSignificantBits();
            for (; mask != 0; mask &= mask - 1) Hit(body, i + BitOperations.TrailingZeroCount(mask), field);
        }

        return i;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Hit(ReadOnlySpan<byte> body, int at, byte field)
    {
        var b = body[at];
        if (b == field)
        {
            if (markCount == marks.Length) Grow(ref marks);
            marks[markCount++] = at;
        }
        else if (b == (byte)'\r' || EndsLine(body, at, field))
        {
            EndSegment(body, at);
        }
    }

    /// <summary>
    /// A line feed ends a segment after CR, before a segment name and at the end; elsewhere it is text of a field, as senders that end
    /// segments with CR leave it in reports.
    /// </summary>
    private static bool EndsLine(ReadOnlySpan<byte> body, int at, byte field)
    {
        if (at == 0 || body[at - 1] is (byte)'\r' or (byte)'\n' || at + 1 == body.Length) return true;
        var next = body[(at + 1)..];
        if (next[0] is (byte)'\r' or (byte)'\n') return true;
        return next.Length >= 3 && IsSegmentName(next[..3]) && (next.Length == 3 || next[3] == field || next[3] is (byte)'\r' or (byte)'\n');
    }

    internal static bool IsSegmentName(ReadOnlySpan<byte> name) =>
        name.Length == 3 && char.IsAsciiLetterUpper((char)name[0]) && IsUpperOrDigit(name[1]) && IsUpperOrDigit(name[2]);

    private static bool IsUpperOrDigit(byte b) => char.IsAsciiLetterUpper((char)b) || char.IsAsciiDigit((char)b);

    private void EndSegment(ReadOnlySpan<byte> body, int end)
    {
        if (!body[segmentStart..end].Trim(" \t\0\v"u8).IsEmpty)
        {
            if (segmentCount == segments.Length) Grow(ref segments);
            segments[segmentCount++] = new SegmentSpan(segmentStart, end, segmentMarks, markCount - segmentMarks);
        }

        segmentStart = end + 1;
        segmentMarks = markCount;
    }

    private static void Grow<T>(ref T[] array)
    {
        var bigger = ArrayPool<T>.Shared.Rent(array.Length * 2);
        array.AsSpan().CopyTo(bigger);
        ArrayPool<T>.Shared.Return(array);
        array = bigger;
    }
}
