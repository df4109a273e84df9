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
        if (!PcscNative.IsInstalled || PcscNative.EstablishContext(PcscNative.ScopeSystem, out var context) != 0) return null;
        try
        {
            nuint length = 0;
            var rc = PcscNative.ListReaders(context, [], ref length);
            if (rc == PcscNative.NoReaders) return [];
            var names = new byte[length];
            if (rc != 0 || PcscNative.ListReaders(context, names, ref length) != 0) return null;
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
        // Owned by the thread, which may outlive the caller's own source by one wait.
        var stop = new CancellationTokenSource();
        new Thread(() => Wait(events.Writer, stop)) { IsBackground = true, Name = $"card watch {reader}" }.Start();
        try
        {
            await foreach (var change in events.Reader.ReadAllAsync(ct)) yield return change;
        }
        finally
        {
            await stop.CancelAsync();
        }
    }

    // PC/SC may be started after this program and may be restarted: the watch comes back with it.
    private void Wait(ChannelWriter<CardEvent> events, CancellationTokenSource stop)
    {
        var ct = stop.Token;
        var told = new Told(events);
        try
        {
            while (!ct.IsCancellationRequested)
            {
                if (PcscNative.EstablishContext(PcscNative.ScopeSystem, out var context) == 0)
                {
                    using (ct.Register(() => PcscNative.Cancel(context))) WaitIn(context, told, ct);
                    _ = PcscNative.ReleaseContext(context);
                }
                told.Tell(false, [], swapped: false);
                ct.WaitHandle.WaitOne(ServiceRetry);
            }
        }
        finally
        {
            events.TryComplete();
            stop.Dispose();
        }
    }

    private void WaitIn(nint context, Told told, CancellationToken ct)
    {
        var name = Marshal.StringToCoTaskMemUTF8(Reader);
        var layout = PcscNative.Layout;
        var state = new byte[layout.ReaderStateSize];
        var current = PcscNative.StateUnaware;
        try
        {
            while (!ct.IsCancellationRequested)
            {
                layout.WriteReaderState(state, name, current);
                var rc = PcscNative.GetStatusChange(context, WaitMilliseconds, state);
                if (rc == PcscNative.Timeout) continue;
                if (rc != 0) return;
                var before = current;
                var (happened, atr) = layout.ReadReaderState(state);
                current = happened & ~PcscNative.StateChanged;
                var present = (happened & (PcscNative.StatePresent | PcscNative.StateMute)) == PcscNative.StatePresent;
                // The upper half counts insertions and removals: both may have happened since the last look.
                var swapped = before != PcscNative.StateUnaware && before >> 16 != happened >> 16;
                told.Tell(present, atr, swapped);
            }
        }
        finally
        {
            Marshal.FreeCoTaskMem(name);
        }
    }

    // Only changes are told, and the first state whatever it is.
    private sealed class Told(ChannelWriter<CardEvent> events)
    {
        private bool? last;

        public void Tell(bool present, byte[] atr, bool swapped)
        {
            if (last == present && !(present && swapped)) return;
            if (last == true && present) events.TryWrite(new CardEvent(false, []));
            events.TryWrite(new CardEvent(present, present ? atr : []));
            last = present;
        }
    }
}
