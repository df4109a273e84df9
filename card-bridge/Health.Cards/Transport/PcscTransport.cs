using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using System.Threading.Channels;

namespace Health.Cards;

/// <summary>
/// A reader of PC/SC. Waiting for a card is <c>SCardGetStatusChange</c> on a thread of its own; each connection has a context of its own, and
/// whatever return code is not success means: this connection is over, open another and prove.
/// </summary>
/// <param name="reader">Name as PC/SC lists it, e.g. <c>Virtual PCD 00 00</c>; empty takes the first there is.</param>
public sealed class PcscTransport(string reader) : ICardTransport
{
    // A wait ends at the latest after this long, so that a cancellation that fell just before it is seen.
    private const nuint WaitMilliseconds = 5_000;
    private static readonly TimeSpan ServiceRetry = TimeSpan.FromSeconds(1);

    public string Reader => reader.Length > 0 ? reader : Readers() is { Count: > 0 } names ? names[0] : "";

    /// <summary>Readers known to PC/SC; null when the library or the service is not there.</summary>
    public static IReadOnlyList<string>? Readers()
    {
        if (!PcscNative.IsInstalled || PcscNative.EstablishContext(PcscNative.ScopeSystem, 0, 0, out var context) != 0) return null;
        try
        {
            nuint length = 0;
            var rc = PcscNative.ListReaders(context, 0, null, ref length);
            if (PcscNative.Code(rc) == PcscNative.NoReaders) return [];
            var names = new byte[length];
            if (rc != 0 || PcscNative.ListReaders(context, 0, names, ref length) != 0) return null;
            return Encoding.UTF8.GetString(names).Split('\0', StringSplitOptions.RemoveEmptyEntries);
        }
        finally
        {
            _ = PcscNative.ReleaseContext(context);
        }
    }

    public ICardConnection Connect() => new PcscConnection(Reader);

    public async IAsyncEnumerable<CardEvent> Watch([EnumeratorCancellation] CancellationToken ct)
    {
        var events = Channel.CreateUnbounded<CardEvent>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });
        var thread = new Thread(() => Wait(events.Writer, ct)) { IsBackground = true, Name = $"card watch {reader}" };
        thread.Start();
        await foreach (var change in events.Reader.ReadAllAsync(ct)) yield return change;
    }

    // PC/SC may be started after this program and may be restarted: the watch comes back with it.
    private void Wait(ChannelWriter<CardEvent> events, CancellationToken ct)
    {
        try
        {
            events.TryWrite(new CardEvent(false, []));
            while (!ct.IsCancellationRequested)
            {
                if (PcscNative.EstablishContext(PcscNative.ScopeSystem, 0, 0, out var context) == 0)
                {
                    using (ct.Register(() => PcscNative.Cancel(context))) WaitIn(context, events, ct);
                    _ = PcscNative.ReleaseContext(context);
                }
                ct.WaitHandle.WaitOne(ServiceRetry);
            }
        }
        finally
        {
            events.TryComplete();
        }
    }

    private void WaitIn(nint context, ChannelWriter<CardEvent> events, CancellationToken ct)
    {
        var name = Marshal.StringToCoTaskMemUTF8(Reader);
        var state = new PcscNative.ReaderState { Reader = name, CurrentState = PcscNative.StateUnaware };
        var present = false;
        try
        {
            while (!ct.IsCancellationRequested)
            {
                state.AtrLength = 33;
                var rc = PcscNative.GetStatusChange(context, WaitMilliseconds, ref state, 1);
                if (PcscNative.Code(rc) == PcscNative.Timeout) continue;
                if (rc != 0) break;
                var before = state.CurrentState;
                var now = (state.EventState & (PcscNative.StatePresent | PcscNative.StateMute)) == PcscNative.StatePresent;
                state.CurrentState = state.EventState & ~PcscNative.StateChanged;
                // The upper half counts insertions and removals: both may have happened since the last look.
                var swapped = present && now && before >> 16 != state.EventState >> 16;
                if (swapped) events.TryWrite(new CardEvent(false, []));
                if (now && (!present || swapped)) events.TryWrite(new CardEvent(true, ((ReadOnlySpan<byte>)state.Atr)[..(int)state.AtrLength].ToArray()));
                if (!now && present) events.TryWrite(new CardEvent(false, []));
                present = now;
            }
        }
        finally
        {
            Marshal.FreeCoTaskMem(name);
            if (present) events.TryWrite(new CardEvent(false, []));
        }
    }
}
