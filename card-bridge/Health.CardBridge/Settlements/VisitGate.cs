namespace Health.CardBridge.Settlements;

/// <summary>
/// One at a time per visit transaction in this process: desk calls and the process manager do not send the same message side by side. What is
/// written stays right without it (expected versions); it saves double work.
/// </summary>
public sealed class VisitGate
{
    private sealed class Entry
    {
        public SemaphoreSlim Turn { get; } = new(1, 1);
        public int Users { get; set; }
    }

    private readonly Dictionary<string, Entry> entries = [];

    public async Task<IDisposable> Enter(string visitTx, CancellationToken ct)
    {
        Entry entry;
        lock (entries)
        {
            if (!entries.TryGetValue(visitTx, out entry!)) entries[visitTx] = entry = new Entry();
            entry.Users++;
        }
        try
        {
            await entry.Turn.WaitAsync(ct);
        }
        catch (OperationCanceledException)
        {
            Leave(visitTx, entry);
            throw;
        }
        return new Pass(this, visitTx, entry);
    }

    private void Leave(string visitTx, Entry entry)
    {
        lock (entries)
            if (--entry.Users == 0) entries.Remove(visitTx);
    }

    private sealed class Pass(VisitGate gate, string visitTx, Entry entry) : IDisposable
    {
        public void Dispose()
        {
            entry.Turn.Release();
            gate.Leave(visitTx, entry);
        }
    }
}
