using System.Buffers;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Health.Hl7v2;

/// <summary>
/// Where one segment lies: bytes [Start, End) of the body, and its field separators among the marks of the index.
/// <paramref name="Name"/> is the segment name packed by <see cref="Hl7Index.Pack(string)"/>; 0 for a line that begins with none.
/// </summary>
/// <param name="Header">1 for MSH, FHS and BHS, whose first field is the separator itself; else 0.</param>
internal readonly record struct SegmentSpan(int Start, int End, int FirstMark, int MarkCount, uint Name, int Header);

/// <summary>
/// Offsets of segments and field separators, found in one pass of compare → mask → trailing zeros over 64 or 32 bytes at a time.
/// Separators come every few bytes in ER7, so a search call per hit would cost ten times as much. Everything below the field is
/// split when it is read. Arrays are pooled; an index that is not disposed is left to the garbage collector.
/// </summary>
internal sealed class Hl7Index : IDisposable
{
    /// <summary>Most marks one block can add (a line end is one too), and what <see cref="Write"/> may touch beyond them.</summary>
    private const int BlockRoom = 64 + 16;
    private const uint MessageHeader = 'M' | 'S' << 8 | 'H' << 16, FileHeader = 'F' | 'H' << 8 | 'S' << 16, BatchHeader = 'B' | 'H' << 8 | 'S' << 16;

    private int[] marks = [];
    private SegmentSpan[] segments = [];
    private int markCount, segmentCount, segmentStart, segmentMarks;

    public int SegmentCount => segmentCount;

    /// <summary>Offset of a field separator; behind the last one of a segment stands the segment's end.</summary>
    public int Mark(int number) => marks[number];

    /// <summary>The first segment of a packed name; -1 when there is none.</summary>
    public int Find(uint name)
    {
        var spans = segments.AsSpan(0, segmentCount);
        for (var i = 0; i < spans.Length; i++)
            if (spans[i].Name == name) return i;
        return -1;
    }

    public ref readonly SegmentSpan Segment(int number) => ref segments[number];

    public ReadOnlySpan<SegmentSpan> Segments => segments.AsSpan(0, segmentCount);

    /// <summary>Begins anew with this body, in the arrays of the one before.</summary>
    public void Build(ReadOnlySpan<byte> body, byte fieldSeparator)
    {
        markCount = segmentCount = segmentStart = segmentMarks = 0;
        if (marks.Length == 0) marks = ArrayPool<int>.Shared.Rent(Math.Max(512, body.Length / 8));
        if (segments.Length == 0) segments = ArrayPool<SegmentSpan>.Shared.Rent(32);
        var done = Vector512.IsHardwareAccelerated ? Scan512(body, fieldSeparator) : Scan256(body, fieldSeparator);
        if (marks.Length - markCount < BlockRoom) Grow(ref marks);
        for (; done < body.Length; done++)
        {
            var b = body[done];
            if (b == fieldSeparator) marks[markCount++] = done;
            else if (b is (byte)'\r' or (byte)'\n') Line(body, done, fieldSeparator);
        }

        EndSegment(body, body.Length);
    }

    public void Dispose()
    {
        if (marks.Length > 0) ArrayPool<int>.Shared.Return(marks);
        if (segments.Length > 0) ArrayPool<SegmentSpan>.Shared.Return(segments);
        marks = [];
        segments = [];
        markCount = segmentCount = 0;
    }

    /// <summary>A name of three characters as one number; 0 for any other.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Pack(string name) => name.Length == 3 && (name[0] | name[1] | name[2]) < 0x80 ? (uint)(name[0] | name[1] << 8 | name[2] << 16) : 0;

    private int Scan512(ReadOnlySpan<byte> body, byte field)
    {
        ref var start = ref MemoryMarshal.GetReference(body);
        Vector512<byte> fields = Vector512.Create(field), cr = Vector512.Create((byte)'\r'), lf = Vector512.Create((byte)'\n');
        var i = 0;
        for (; i + Vector512<byte>.Count <= body.Length; i += Vector512<byte>.Count)
        {
            var block = Vector512.LoadUnsafe(ref start, (nuint)i);
            var lines = Vector512.Equals(block, cr).ExtractMostSignificantBits() | Vector512.Equals(block, lf).ExtractMostSignificantBits();
            Block(body, i, Vector512.Equals(block, fields).ExtractMostSignificantBits(), lines, field);
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
            var lines = Vector256.Equals(block, cr).ExtractMostSignificantBits() | Vector256.Equals(block, lf).ExtractMostSignificantBits();
            Block(body, i, Vector256.Equals(block, fields).ExtractMostSignificantBits(), lines, field);
        }

        return i;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Block(ReadOnlySpan<byte> body, int offset, ulong fields, ulong lines, byte field)
    {
        if (marks.Length - markCount < BlockRoom) Grow(ref marks);
        if (lines != 0) fields = Lines(body, offset, fields, lines, field);
        markCount = Write(ref MemoryMarshal.GetArrayDataReference(marks), markCount, fields, offset);
    }

    /// <returns>The marks behind the last line end of the block.</returns>
    private ulong Lines(ReadOnlySpan<byte> body, int offset, ulong fields, ulong lines, byte field)
    {
        for (; lines != 0; lines &= lines - 1)
        {
            var at = BitOperations.TrailingZeroCount(lines);
            var before = fields & ((1UL << at) - 1);
            markCount = Write(ref MemoryMarshal.GetArrayDataReference(marks), markCount, before, offset);
            fields ^= before;
            Line(body, offset + at, field);
        }

        return fields;
    }

    /// <summary>Eight at a time without asking how many there are: blocks of ER7 have about eight, and a wrong guess of a branch costs more than seven stores.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Write(ref int target, int count, ulong mask, int offset)
    {
        var end = count + BitOperations.PopCount(mask);
        while (mask != 0)
        {
            ref var at = ref Unsafe.Add(ref target, count);
            for (var k = 0; k < 8; k++)
            {
                Unsafe.Add(ref at, k) = offset + BitOperations.TrailingZeroCount(mask);
                mask &= mask - 1;
            }

            count += 8;
        }

        return end;
    }

    private void Line(ReadOnlySpan<byte> body, int at, byte field)
    {
        if (body[at] == (byte)'\r' || EndsLine(body, at, field)) EndSegment(body, at);
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

    private static bool IsSegmentName(ReadOnlySpan<byte> name) =>
        name.Length == 3 && char.IsAsciiLetterUpper((char)name[0]) && IsUpperOrDigit(name[1]) && IsUpperOrDigit(name[2]);

    private static bool IsUpperOrDigit(byte b) => char.IsAsciiLetterUpper((char)b) || char.IsAsciiDigit((char)b);

    private void EndSegment(ReadOnlySpan<byte> body, int end)
    {
        if (segmentStart < end && (body[segmentStart] > (byte)' ' || !body[segmentStart..end].Trim(" \t\0\v"u8).IsEmpty))
        {
            if (segmentCount == segments.Length) Grow(ref segments);
            var name = NameOf(body, end);
            segments[segmentCount++] = new SegmentSpan(segmentStart, end, segmentMarks, markCount - segmentMarks, name, markCount > segmentMarks && (name is MessageHeader or FileHeader or BatchHeader) ? 1 : 0);
            if (markCount == marks.Length) Grow(ref marks);
            marks[markCount++] = end;
        }

        segmentStart = end + 1;
        segmentMarks = markCount;
    }

    private uint NameOf(ReadOnlySpan<byte> body, int end)
    {
        var name = markCount > segmentMarks ? body[segmentStart..marks[segmentMarks]] : body[segmentStart..end].TrimEnd((byte)' ');
        return IsSegmentName(name) ? (uint)(name[0] | name[1] << 8 | name[2] << 16) : 0;
    }

    private static void Grow<T>(ref T[] array)
    {
        var bigger = ArrayPool<T>.Shared.Rent(array.Length * 2);
        array.AsSpan().CopyTo(bigger);
        ArrayPool<T>.Shared.Return(array);
        array = bigger;
    }
}
