using System.Buffers.Binary;
using Health.Cards;

namespace Health.UnitTests.Cards;

public sealed class The_two_layouts_of_PCSC
{
    [Fact]
    public void have_the_sizes_of_the_two_headers()
    {
        // pcsclite.h and winscard.h of 64-bit systems: sizeof(SCARD_READERSTATE) and sizeof(SCARD_IO_REQUEST).
        Assert.Equal((80, 16), (PcscLayout.Lite.ReaderStateSize, PcscLayout.Lite.IoRequest(2).Length));
        Assert.Equal((64, 8), (PcscLayout.Windows.ReaderStateSize, PcscLayout.Windows.IoRequest(2).Length));
    }

    [Fact]
    public void write_the_state_where_the_library_reads_it()
    {
        var lite = new byte[80];
        PcscLayout.Lite.WriteReaderState(lite, unchecked((nint)0x1122334455667788), 0x00050022);
        Assert.Equal((0x1122334455667788UL, 0UL, 0x00050022UL, 0UL, 33UL), (U64(lite, 0), U64(lite, 8), U64(lite, 16), U64(lite, 24), U64(lite, 32)));
        var windows = new byte[64];
        PcscLayout.Windows.WriteReaderState(windows, unchecked((nint)0x1122334455667788), 0x00050022);
        Assert.Equal((0x1122334455667788UL, 0UL, 0x00050022u, 0u, 36u), (U64(windows, 0), U64(windows, 8), U32(windows, 16), U32(windows, 20), U32(windows, 24)));
    }

    [Fact]
    public void read_event_and_ATR_where_the_library_writes_them()
    {
        byte[] atr = [0x3B, 0x6C, 0x00, 0x00, 0x31];
        var lite = new byte[80];
        BinaryPrimitives.WriteUInt64LittleEndian(lite.AsSpan(24), 0x00060122);
        BinaryPrimitives.WriteUInt64LittleEndian(lite.AsSpan(32), 5);
        atr.CopyTo(lite, 40);
        AssertState(0x00060122, atr, PcscLayout.Lite.ReadReaderState(lite));
        var windows = new byte[64];
        BinaryPrimitives.WriteUInt32LittleEndian(windows.AsSpan(20), 0x00060122);
        BinaryPrimitives.WriteUInt32LittleEndian(windows.AsSpan(24), 5);
        atr.CopyTo(windows, 28);
        AssertState(0x00060122, atr, PcscLayout.Windows.ReadReaderState(windows));
    }

    [Fact]
    public void never_read_past_the_ATR_field_whatever_length_is_written_there()
    {
        var windows = new byte[64];
        BinaryPrimitives.WriteUInt32LittleEndian(windows.AsSpan(24), 4_000);
        Assert.Equal(36, PcscLayout.Windows.ReadReaderState(windows).Atr.Length);
    }

    private static void AssertState(nuint happened, byte[] atr, (nuint Event, byte[] Atr) state)
    {
        Assert.Equal(happened, state.Event);
        Assert.Equal(atr, state.Atr);
    }

    private static ulong U64(byte[] bytes, int at) => BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(at));

    private static uint U32(byte[] bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at));
}
