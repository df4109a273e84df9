using System.Text.Json;
using System.Text.Json.Serialization;
using Health.Cards;

namespace Health.CardAgent.Journal;

/// <summary>
/// The desk's append-only journal of money: every step is on the disk before it is acted on. One JSON object a line. A line cut by a kill
/// at the very end was never acted on and is dropped; a broken line elsewhere stops the start, for money must not be guessed.
/// </summary>
public sealed class MoneyJournal : IDisposable
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower) },
    };

    private readonly Lock turn = new();
    private readonly AppendFile file;
    private readonly TimeProvider time;
    private readonly Dictionary<string, DebitEntry> entries = new(StringComparer.Ordinal);

    public MoneyJournal(string path, TimeProvider time)
    {
        this.time = time;
        file = new AppendFile(path, Replay);
    }

    public IReadOnlyList<DebitEntry> Entries
    {
        get { lock (turn) return [.. entries.Values]; }
    }

    public IReadOnlyList<DebitEntry> Undecided => [.. Entries.Where(entry => entry.IsUndecided)];

    /// <summary>Oldest first.</summary>
    public IReadOnlyList<DebitEntry> Unreported => [.. Entries.Where(entry => entry.IsUnreported)];

    public DebitEntry Intend(string visitTx, PurseIntent intent)
    {
        var key = DebitEntry.KeyOf(intent);
        return Append(new JournalLine(time.GetUtcNow(), JournalStep.Intended, visitTx, key) { Intent = intent });
    }

    public DebitEntry Sending(DebitEntry entry) => Append(Line(entry, JournalStep.Sending));

    public DebitEntry Decide(DebitEntry entry, string outcome, string? tac = null, string? mac2 = null, string? sw = null, string? reason = null) =>
        Append(Line(entry, JournalStep.Decided) with { Outcome = outcome, Tac = tac, Mac2 = mac2, Sw = sw, Reason = reason });

    public DebitEntry Reported(DebitEntry entry, string outcome) => Append(Line(entry, JournalStep.Reported) with { Outcome = outcome });

    public DebitEntry Contested(DebitEntry entry, string reason) => Append(Line(entry, JournalStep.Contested) with { Reason = reason });

    public DebitEntry Settled(DebitEntry entry) => Append(Line(entry, JournalStep.Settled));

    public void Dispose() => file.Dispose();

    private JournalLine Line(DebitEntry entry, JournalStep step) => new(time.GetUtcNow(), step, entry.VisitTx, entry.Key);

    private DebitEntry Append(JournalLine line)
    {
        lock (turn)
        {
            file.Append(JsonSerializer.SerializeToUtf8Bytes(line, Json));
            return Fold(line) ?? throw new InvalidOperationException($"The journal knows no debit {line.Key}.");
        }
    }

    private DebitEntry? Fold(JournalLine line)
    {
        var entry = DebitEntry.Apply(entries.GetValueOrDefault(line.Key), line);
        if (entry is not null) entries[line.Key] = entry;
        return entry;
    }

    private void Replay(int number, string text)
    {
        try
        {
            var line = JsonSerializer.Deserialize<JournalLine>(text, Json);
            if (line is null || Fold(line) is null) throw new InvalidDataException($"Line {number} of the money journal belongs to no debit.");
        }
        catch (JsonException broken)
        {
            throw new InvalidDataException($"Line {number} of the money journal cannot be read.", broken);
        }
    }
}
