using System.Collections.Concurrent;

namespace Health.Simulators.Hospital.Mllp;

/// <summary>One try to get a message across. <paramref name="Outcome"/>: acknowledged, dropped, cut, lost, mismatch, unreachable.</summary>
public sealed record Attempt(DateTimeOffset At, string Outcome, IReadOnlyList<Acknowledgement> Acknowledgements, double Milliseconds);

public sealed record JournalEntry(long Number, string Name, string ControlId, string Target, string Charset, string Text, IReadOnlyList<Attempt> Attempts)
{
    /// <summary>The last answer; null when none came.</summary>
    public Acknowledgement? Acknowledgement => Attempts.SelectMany(attempt => attempt.Acknowledgements).LastOrDefault();
}

/// <summary>What was sent and what came back, the last <see cref="Capacity"/> messages.</summary>
public sealed class Journal
{
    public const int Capacity = 10_000;

    private readonly ConcurrentQueue<JournalEntry> entries = new();
    private long number;

    public JournalEntry Add(string name, OutgoingMessage message, string target, IReadOnlyList<Attempt> attempts)
    {
        var entry = new JournalEntry(Interlocked.Increment(ref number), name, message.ControlId, target, message.Charset, message.Text, attempts);
        entries.Enqueue(entry);
        while (entries.Count > Capacity) entries.TryDequeue(out _);
        return entry;
    }

    public IReadOnlyList<JournalEntry> Read(string? controlId) => [.. entries.Where(entry => controlId is null || entry.ControlId == controlId)];

    public void Clear() => entries.Clear();
}
