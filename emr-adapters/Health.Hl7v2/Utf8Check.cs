using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using System.Text.Unicode;

namespace Health.Hl7v2;

/// <summary>
/// Whether bytes are valid UTF-8, 64 at a time: two nibbles of each byte and one of the next look up what may not stand beside each other
/// (Keiser and Lemire, "Validating UTF-8 in less than one instruction per byte", 2021). The framework's own check goes character by
/// character where text is not ASCII, which for a Chinese message took longer than finding all its fields.
/// </summary>
internal static class Utf8Check
{
    // What is wrong with a pair of bytes, one bit each; Carry stands for those the first table cannot tell alone.
    private const byte TooShort = 1, TooLong = 2, Overlong3 = 4, TooLarge = 8, Surrogate = 16, Overlong2 = 32, TooLarge1000 = 64, Overlong4 = 64, TwoContinuations = 128;
    private const byte Carry = TooShort | TooLong | TwoContinuations;

    private static ReadOnlySpan<byte> HighOfFirst =>
    [
        TooLong, TooLong, TooLong, TooLong, TooLong, TooLong, TooLong, TooLong, TwoContinuations, TwoContinuations, TwoContinuations, TwoContinuations,
        TooShort | Overlong2, TooShort, TooShort | Overlong3 | Surrogate, TooShort | TooLarge | TooLarge1000 | Overlong4,
    ];

    private static ReadOnlySpan<byte> LowOfFirst =>
    [
        Carry | Overlong3 | Overlong2 | Overlong4, Carry | Overlong2, Carry, Carry, Carry | TooLarge, Carry | TooLarge | TooLarge1000, Carry | TooLarge | TooLarge1000,
        Carry | TooLarge | TooLarge1000, Carry | TooLarge | TooLarge1000, Carry | TooLarge | TooLarge1000, Carry | TooLarge | TooLarge1000, Carry | TooLarge | TooLarge1000,
        Carry | TooLarge | TooLarge1000, Carry | TooLarge | TooLarge1000 | Surrogate, Carry | TooLarge | TooLarge1000, Carry | TooLarge | TooLarge1000,
    ];

    private static ReadOnlySpan<byte> HighOfSecond =>
    [
        TooShort, TooShort, TooShort, TooShort, TooShort, TooShort, TooShort, TooShort,
        TooLong | Overlong2 | TwoContinuations | Overlong3 | TooLarge1000 | Overlong4, TooLong | Overlong2 | TwoContinuations | Overlong3 | TooLarge,
        TooLong | Overlong2 | TwoContinuations | Surrogate | TooLarge, TooLong | Overlong2 | TwoContinuations | Surrogate | TooLarge, TooShort, TooShort, TooShort, TooShort,
    ];

    public static bool IsValid(ReadOnlySpan<byte> bytes)
    {
        if (!Avx512BW.IsSupported || bytes.Length < 2 * Vector512<byte>.Count) return Utf8.IsValid(bytes);
        // The vector part looks three bytes back, so the first block is left to the framework up to a character's end.
        var from = Vector512<byte>.Count;
        while (from > Vector512<byte>.Count - 4 && (bytes[from] & 0xC0) == 0x80) from--;
        if (!Utf8.IsValid(bytes[..from])) return false;
        var done = Blocks(bytes, from);
        if (done < 0) return false;
        for (var back = 1; back <= 3; back++)
        {
            if (bytes[done - back] < 0x80) break;
            if (bytes[done - back] < 0xC0) continue;
            done -= back;
            break;
        }

        return Utf8.IsValid(bytes[done..]);
    }

    /// <returns>How far the whole blocks go; -1 when one of them is wrong.</returns>
    private static int Blocks(ReadOnlySpan<byte> bytes, int i)
    {
        ref var start = ref MemoryMarshal.GetReference(bytes);
        var (highOfFirst, lowOfFirst, highOfSecond) = (Table(HighOfFirst), Table(LowOfFirst), Table(HighOfSecond));
        Vector512<byte> nibble = Vector512.Create((byte)0x0F), third = Vector512.Create((byte)(0xE0 - 0x80)), fourth = Vector512.Create((byte)(0xF0 - 0x80)), high = Vector512.Create((byte)0x80);
        var wrong = Vector512<byte>.Zero;
        for (; i + Vector512<byte>.Count <= bytes.Length; i += Vector512<byte>.Count)
        {
            var block = Vector512.LoadUnsafe(ref start, (nuint)i);
            var before = Vector512.LoadUnsafe(ref start, (nuint)(i - 3));
            if ((block | before).ExtractMostSignificantBits() == 0) continue;
            var first = Vector512.LoadUnsafe(ref start, (nuint)(i - 1));
            var pair = Avx512BW.Shuffle(highOfFirst, (first >>> 4) & nibble) & Avx512BW.Shuffle(lowOfFirst, first & nibble) & Avx512BW.Shuffle(highOfSecond, (block >>> 4) & nibble);
            var second = Vector512.LoadUnsafe(ref start, (nuint)(i - 2));
            var mustContinue = (Avx512BW.SubtractSaturate(second, third) | Avx512BW.SubtractSaturate(before, fourth)) & high;
            wrong |= mustContinue ^ pair;
        }

        return wrong == Vector512<byte>.Zero ? i : -1;
    }

    private static Vector512<byte> Table(ReadOnlySpan<byte> sixteen)
    {
        var lane = Vector128.Create(sixteen);
        return Vector512.Create(Vector256.Create(lane, lane), Vector256.Create(lane, lane));
    }
}
