using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Health.Cards;

/// <summary>
/// What differs between the PC/SC libraries: name, suffix of the functions that take text, width of DWORD inside structures, length of the ATR field. libpcsclite:
/// unsigned long and 33 bytes; WinSCard: 32 bits and 36 bytes. 64-bit processes only.
/// </summary>
internal sealed record PcscLayout(string Library, string TextSuffix, int DwordSize, int AtrSize)
{
    public static readonly PcscLayout Lite = new("libpcsclite.so.1", "", 8, 33);
    public static readonly PcscLayout Windows = new("winscard.dll", "A", 4, 36);

    public static PcscLayout OfThisSystem => OperatingSystem.IsWindows() ? Windows : Lite;

    private const int PointerSize = 8;

    /// <summary>SCARD_READERSTATE: name, user data, current state, event state, length of ATR, ATR; padded to whole pointers.</summary>
    public int ReaderStateSize => (2 * PointerSize + 3 * DwordSize + AtrSize + PointerSize - 1) / PointerSize * PointerSize;

    /// <summary>SCARD_IO_REQUEST: protocol and the structure's own length.</summary>
    public byte[] IoRequest(nuint protocol)
    {
        var bytes = new byte[2 * DwordSize];
        Put(bytes, protocol);
        Put(bytes.AsSpan(DwordSize), (nuint)bytes.Length);
        return bytes;
    }

    public void WriteReaderState(Span<byte> state, nint reader, nuint current)
    {
        state.Clear();
        MemoryMarshal.Write(state, in reader);
        Put(state[(2 * PointerSize)..], current);
        Put(state[(2 * PointerSize + 2 * DwordSize)..], (nuint)AtrSize);
    }

    public (nuint Event, byte[] Atr) ReadReaderState(ReadOnlySpan<byte> state)
    {
        var at = 2 * PointerSize + DwordSize;
        var length = Math.Min((int)Get(state[(at + DwordSize)..]), AtrSize);
        return (Get(state[at..]), state.Slice(at + 2 * DwordSize, length).ToArray());
    }

    private void Put(Span<byte> to, nuint value)
    {
        if (DwordSize == 8) BinaryPrimitives.WriteUInt64LittleEndian(to, value);
        else BinaryPrimitives.WriteUInt32LittleEndian(to, checked((uint)value));
    }

    private nuint Get(ReadOnlySpan<byte> from) => DwordSize == 8 ? (nuint)BinaryPrimitives.ReadUInt64LittleEndian(from) : BinaryPrimitives.ReadUInt32LittleEndian(from);
}
