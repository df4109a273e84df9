using System.Buffers.Binary;
using System.Text;

namespace Health.Cards;

/// <summary>Why bytes are no list, and where: the offset of the first byte that is wrong or missing.</summary>
public sealed record ListError(int Offset, string What)
{
    public override string ToString() => $"byte {Offset}: {What}";
}

/// <summary>Reads big-endian fields; the first error sticks and everything after it is empty.</summary>
internal ref struct ListReader(ReadOnlySpan<byte> bytes)
{
    private readonly ReadOnlySpan<byte> bytes = bytes;

    public int Offset { get; private set; }
    public ListError? Error { get; private set; }

    public void Fail(string what, int? at = null) => Error ??= new ListError(at ?? Offset, what);

    public ReadOnlySpan<byte> Take(int count, string what)
    {
        if (Error is not null) return default;
        if (bytes.Length - Offset < count)
        {
            Fail($"{what} takes {count} bytes, {bytes.Length - Offset} are left");
            return default;
        }
        var taken = bytes.Slice(Offset, count);
        Offset += count;
        return taken;
    }

    public byte Byte(string what) => Take(1, what) is { IsEmpty: false } taken ? taken[0] : (byte)0;

    public uint Count(string what) => Take(4, what) is { IsEmpty: false } taken ? BinaryPrimitives.ReadUInt32BigEndian(taken) : 0;

    public ulong Number(string what) => Take(8, what) is { IsEmpty: false } taken ? BinaryPrimitives.ReadUInt64BigEndian(taken) : 0;

    public DateTimeOffset Time(string what)
    {
        var (at, number) = (Offset, (long)Number(what));
        // 2000-01-01 to 2200-01-01: anything else is not a time of ours.
        if (number is >= 946_684_800_000 and < 7_258_118_400_000) return DateTimeOffset.FromUnixTimeMilliseconds(number);
        Fail($"{what} is no time between 2000 and 2200", at);
        return default;
    }

    public string Division(string what)
    {
        var (at, text) = (Offset, Encoding.ASCII.GetString(Take(6, what)));
        if (text.Length != 6 || !text.All(char.IsAsciiDigit)) Fail($"{what} is not 6 digits", at);
        return text;
    }

    public void Expect(ReadOnlySpan<byte> constant, string what)
    {
        var at = Offset;
        if (!Take(constant.Length, what).SequenceEqual(constant)) Fail($"{what} expected", at);
    }

    /// <summary>A count, then that many keys, strictly ascending. Memory follows what is really there, not what the count claims.</summary>
    public ulong[] Keys(string what, int most)
    {
        var at = Offset;
        var count = Count($"number of {what}");
        if (Error is null && count > most) Fail($"{count} {what}, at most {most} are accepted", at);
        if (Error is null && (long)count * 8 > bytes.Length - Offset) Fail($"{count} {what} announced, {(bytes.Length - Offset) / 8} are there", at);
        if (Error is not null) return [];
        var keys = new ulong[count];
        for (var i = 0; i < keys.Length; i++)
        {
            keys[i] = Number(what);
            if (i == 0 || keys[i] > keys[i - 1]) continue;
            Fail($"{what} are not strictly ascending", Offset - 8);
            return [];
        }
        return keys;
    }

    public void End()
    {
        if (Offset < bytes.Length) Fail($"{bytes.Length - Offset} bytes too many");
    }
}

/// <summary>Writes the fields <see cref="ListReader"/> reads.</summary>
internal static class ListWriter
{
    public static void Number(this List<byte> to, ulong value)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, value);
        to.AddRange(bytes);
    }

    public static void Time(this List<byte> to, DateTimeOffset value) => to.Number((ulong)value.ToUnixTimeMilliseconds());

    public static void Division(this List<byte> to, string value)
    {
        if (value.Length != 6 || !value.All(char.IsAsciiDigit)) throw new ArgumentException("A division has 6 digits.", nameof(value));
        to.AddRange(Encoding.ASCII.GetBytes(value));
    }

    public static void Keys(this List<byte> to, ReadOnlySpan<ulong> keys)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, (uint)keys.Length);
        to.AddRange(bytes);
        to.EnsureCapacity(to.Count + keys.Length * 8);
        foreach (var key in keys) to.Number(key);
    }
}
