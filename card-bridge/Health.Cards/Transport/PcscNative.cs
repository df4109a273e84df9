using System.Runtime.InteropServices;
using System.Text;

namespace Health.Cards;

/// <summary>
/// The few functions of PC/SC that are needed, found at run time in libpcsclite or WinSCard. Numbers are passed in whole registers and cleared before they are filled, so 32-bit DWORDs
/// and unsigned long are served by the same calls; the two structures that differ are <see cref="PcscLayout"/>'s. Not tried on Windows: no such machine was at hand.
/// </summary>
internal static unsafe class PcscNative
{
    public const nuint ScopeSystem = 2, ShareExclusive = 1, ProtocolT0OrT1 = 3, ResetCard = 1;
    public const nuint StateUnaware = 0, StateChanged = 0x02, StatePresent = 0x20, StateMute = 0x200;
    public const uint Timeout = 0x8010000A, Cancelled = 0x80100002, NoReaders = 0x8010002E, UnknownReader = 0x80100009;

    private static readonly Lazy<nint> Loaded = new(() => NativeLibrary.TryLoad(Layout.Library, out var library) ? library : 0);

    public static PcscLayout Layout => PcscLayout.OfThisSystem;

    public static bool IsInstalled => Loaded.Value != 0;

    public static uint EstablishContext(nuint scope, out nint context)
    {
        nint made = 0;
        var rc = ((delegate* unmanaged<nuint, nint, nint, nint*, nint>)Find("SCardEstablishContext"))(scope, 0, 0, &made);
        context = made;
        return Code(rc);
    }

    public static uint ReleaseContext(nint context) => Code(((delegate* unmanaged<nint, nint>)Find("SCardReleaseContext"))(context));

    public static uint Cancel(nint context) => Code(((delegate* unmanaged<nint, nint>)Find("SCardCancel"))(context));

    /// <summary>Names ended by 0 each; a first call with an empty buffer gives the length.</summary>
    public static uint ListReaders(nint context, byte[] names, ref nuint length)
    {
        fixed (byte* buffer = names)
        fixed (nuint* size = &length)
            return Code(((delegate* unmanaged<nint, byte*, byte*, nuint*, nint>)Find("SCardListReaders", text: true))(context, null, names.Length == 0 ? null : buffer, size));
    }

    public static uint Connect(nint context, string reader, nuint share, nuint protocols, out nint card, out nuint protocol)
    {
        nint handle = 0;
        nuint active = 0;
        uint rc;
        fixed (byte* name = (byte[])[.. Encoding.UTF8.GetBytes(reader), 0])
            rc = Code(((delegate* unmanaged<nint, byte*, nuint, nuint, nint*, nuint*, nint>)Find("SCardConnect", text: true))(context, name, share, protocols, &handle, &active));
        (card, protocol) = (handle, active);
        return rc;
    }

    public static uint Disconnect(nint card, nuint disposition) => Code(((delegate* unmanaged<nint, nuint, nint>)Find("SCardDisconnect"))(card, disposition));

    /// <summary>The ATR of the connected card.</summary>
    public static uint Status(nint card, byte[] atr, out int length)
    {
        var names = new byte[256];
        nuint nameLength = 256, state = 0, protocol = 0, atrLength = (nuint)atr.Length;
        uint rc;
        fixed (byte* name = names)
        fixed (byte* bytes = atr)
            rc = Code(((delegate* unmanaged<nint, byte*, nuint*, nuint*, nuint*, byte*, nuint*, nint>)Find("SCardStatus", text: true))(card, name, &nameLength, &state, &protocol, bytes, &atrLength));
        length = (int)atrLength;
        return rc;
    }

    public static uint Transmit(nint card, byte[] request, ReadOnlySpan<byte> command, byte[] receive, out int received)
    {
        var length = (nuint)receive.Length;
        uint rc;
        fixed (byte* pci = request)
        fixed (byte* send = command)
        fixed (byte* answer = receive)
            rc = Code(((delegate* unmanaged<nint, byte*, byte*, nuint, byte*, byte*, nuint*, nint>)Find("SCardTransmit"))(card, pci, send, (nuint)command.Length, null, answer, &length));
        received = (int)length;
        return rc;
    }

    /// <param name="state">One reader state in the library's layout.</param>
    public static uint GetStatusChange(nint context, nuint timeoutMilliseconds, Span<byte> state)
    {
        fixed (byte* first = state)
            return Code(((delegate* unmanaged<nint, nuint, byte*, nuint, nint>)Find("SCardGetStatusChange", text: true))(context, timeoutMilliseconds, first, 1));
    }

    // Return codes are 32 bits whatever the width of LONG.
    private static uint Code(nint rc) => unchecked((uint)rc);

    private static nint Find(string name, bool text = false) => NativeLibrary.GetExport(Loaded.Value, text ? name + Layout.TextSuffix : name);
}
