using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Health.Benchmarks;

/// <summary>The least that finding every separator of a message costs: compare, mask, offsets into an array; nothing is read.</summary>
internal sealed class Hl7Floor(int largest)
{
    private readonly int[] offsets = new int[largest + 128];

    /// <summary>Offsets of <c>| ^ ~ \ &amp;</c> and CR.</summary>
    public int All(ReadOnlySpan<byte> body)
    {
        ref var start = ref MemoryMarshal.GetReference(body);
        Vector512<byte> field = Vector512.Create((byte)'|'), component = Vector512.Create((byte)'^'), repetition = Vector512.Create((byte)'~'),
            escape = Vector512.Create((byte)'\\'), sub = Vector512.Create((byte)'&'), cr = Vector512.Create((byte)'\r');
        int i = 0, count = 0;
        for (; i + Vector512<byte>.Count <= body.Length; i += Vector512<byte>.Count)
        {
            var block = Vector512.LoadUnsafe(ref start, (nuint)i);
            var hits = Vector512.Equals(block, field) | Vector512.Equals(block, component) | Vector512.Equals(block, repetition) | Vector512.Equals(block, escape) | Vector512.Equals(block, sub) | Vector512.Equals(block, cr);
            count = Write(hits.ExtractMostSignificantBits(), count, i);
        }

        for (; i < body.Length; i++)
            if (body[i] is (byte)'|' or (byte)'^' or (byte)'~' or (byte)'\\' or (byte)'&' or (byte)'\r') offsets[count++] = i;
        return count;
    }

    /// <summary>Offsets of <c>|</c> and CR alone, which is what the reader indexes.</summary>
    public int FieldsAndSegments(ReadOnlySpan<byte> body)
    {
        ref var start = ref MemoryMarshal.GetReference(body);
        Vector512<byte> field = Vector512.Create((byte)'|'), cr = Vector512.Create((byte)'\r');
        int i = 0, count = 0;
        for (; i + Vector512<byte>.Count <= body.Length; i += Vector512<byte>.Count)
        {
            var block = Vector512.LoadUnsafe(ref start, (nuint)i);
            count = Write((Vector512.Equals(block, field) | Vector512.Equals(block, cr)).ExtractMostSignificantBits(), count, i);
        }

        for (; i < body.Length; i++)
            if (body[i] is (byte)'|' or (byte)'\r') offsets[count++] = i;
        return count;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int Write(ulong mask, int count, int offset)
    {
        var end = count + BitOperations.PopCount(mask);
        while (mask != 0)
        {
            ref var at = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(offsets), count);
            for (var k = 0; k < 8; k++)
            {
                Unsafe.Add(ref at, k) = offset + BitOperations.TrailingZeroCount(mask);
                mask &= mask - 1;
            }

            count += 8;
        }

        return end;
    }
}
