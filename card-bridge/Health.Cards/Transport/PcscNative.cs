using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Health.Cards;

/// <summary>
/// The few functions of libpcsclite that are needed. On Linux DWORD, LONG and handles are unsigned long: nuint, nint. Windows has another
/// layout of the reader state and is not served.
/// </summary>
internal static partial class PcscNative
{
    private const string Library = "libpcsclite.so.1";

    public const nuint ScopeSystem = 2, ShareExclusive = 1, ProtocolT0OrT1 = 3, ResetCard = 1;
    public const nuint StateUnaware = 0, StateChanged = 0x02, StatePresent = 0x20, StateMute = 0x200;
    public const uint Timeout = 0x8010000A, Cancelled = 0x80100002, NoReaders = 0x8010002E, UnknownReader = 0x80100009;

    [StructLayout(LayoutKind.Sequential)]
    public struct IoRequest
    {
        public nuint Protocol;
        public nuint Length;
    }

    [InlineArray(33)]
    public struct AtrBuffer
    {
        private byte first;
    }

    [StructLayout(LayoutKind.Sequential)]
    public struct ReaderState
    {
        public nint Reader;
        public nint UserData;
        public nuint CurrentState;
        public nuint EventState;
        public nuint AtrLength;
        public AtrBuffer Atr;
    }

    public static bool IsInstalled => NativeLibrary.TryLoad(Library, out _);

    [LibraryImport(Library, EntryPoint = "SCardEstablishContext")]
    public static partial nint EstablishContext(nuint scope, nint reserved1, nint reserved2, out nint context);

    [LibraryImport(Library, EntryPoint = "SCardReleaseContext")]
    public static partial nint ReleaseContext(nint context);

    [LibraryImport(Library, EntryPoint = "SCardCancel")]
    public static partial nint Cancel(nint context);

    [LibraryImport(Library, EntryPoint = "SCardListReaders")]
    public static partial nint ListReaders(nint context, nint groups, byte[]? readers, ref nuint length);

    [LibraryImport(Library, EntryPoint = "SCardConnect", StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint Connect(nint context, string reader, nuint share, nuint protocols, out nint card, out nuint protocol);

    [LibraryImport(Library, EntryPoint = "SCardDisconnect")]
    public static partial nint Disconnect(nint card, nuint disposition);

    [LibraryImport(Library, EntryPoint = "SCardStatus")]
    public static partial nint Status(nint card, byte[] reader, ref nuint readerLength, out nuint state, out nuint protocol, byte[] atr, ref nuint atrLength);

    [LibraryImport(Library, EntryPoint = "SCardTransmit")]
    public static partial nint Transmit(nint card, ref IoRequest sendPci, ref byte send, nuint sendLength, nint receivePci, byte[] receive, ref nuint receiveLength);

    [LibraryImport(Library, EntryPoint = "SCardGetStatusChange")]
    public static partial nint GetStatusChange(nint context, nuint timeoutMilliseconds, ref ReaderState states, nuint count);

    /// <summary>Return codes are 32 bits whatever the width of LONG.</summary>
    public static uint Code(nint rc) => unchecked((uint)rc);
}
