using System.Globalization;
using System.Text;
using System.Text.Json;
using Health.CardAgent.Journal;
using Health.Cards;

namespace Health.CardAgent.Offline;

/// <summary>
/// The signed journal of what the desk did alone: numbered without a gap, each entry bound to the one before, on the disk before it is acted on. It names no person. An altered
/// line stops the start.
/// </summary>
public sealed class OfflineJournal : IDisposable
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);
    private readonly Lock turn = new();
    private readonly OfflineDesk desk;
    private readonly TimeProvider time;
    private readonly AppendFile file;
    private readonly string uploadedFile;
    private readonly List<OfflineEntry> waiting = [];
    private readonly HashSet<string> intents = new(StringComparer.Ordinal);
    private OfflineHead? head;
    private long uploaded;

    public OfflineJournal(OfflineDesk desk, TimeProvider time)
    {
        (this.desk, this.time) = (desk, time);
        uploadedFile = desk.JournalFile + ".uploaded";
        if (File.Exists(uploadedFile)) uploaded = long.Parse(File.ReadAllText(uploadedFile), CultureInfo.InvariantCulture);
        file = new AppendFile(desk.JournalFile, Replay);
    }

    /// <summary>Where the chain stands.</summary>
    public OfflineHead Head
    {
        get { lock (turn) return head ?? desk.Start; }
    }

    /// <summary>Entries the platform has not taken yet, oldest first.</summary>
    public IReadOnlyList<OfflineEntry> Waiting
    {
        get { lock (turn) return [.. waiting]; }
    }

    /// <summary>Durable when it returns.</summary>
    public OfflineEntry Append<T>(string kind, string visitTx, T body)
    {
        lock (turn)
        {
            var entry = OfflineChain.Next(head ?? desk.Start, desk.DeskId, time.GetUtcNow(), kind, visitTx, OfflineJson.Write(body), desk.Key);
            file.Append(JsonSerializer.SerializeToUtf8Bytes(entry, Json));
            Note(entry);
            return entry;
        }
    }

    /// <summary>Whether the intent of this purse transaction stands in the journal.</summary>
    public bool Knows(PurseIntent intent)
    {
        lock (turn) return intents.Contains(DebitEntry.KeyOf(intent));
    }

    /// <summary>The platform took everything up to this number.</summary>
    public void Uploaded(long seq)
    {
        lock (turn)
        {
            if (seq <= uploaded) return;
            DurableFile.Replace(uploadedFile, Encoding.ASCII.GetBytes(seq.ToString(CultureInfo.InvariantCulture)));
            uploaded = seq;
            waiting.RemoveAll(entry => entry.Seq <= seq);
        }
    }

    public void Dispose() => file.Dispose();

    private void Note(OfflineEntry entry)
    {
        head = OfflineChain.After(entry);
        if (entry.Seq > uploaded) waiting.Add(entry);
        if (entry.Kind == OfflineKinds.Intended && OfflineJson.TryRead<OfflineDebit>(entry.Body)?.Intent is { } intent) intents.Add(DebitEntry.KeyOf(intent));
    }

    private void Replay(int number, string text)
    {
        OfflineEntry? entry;
        try
        {
            entry = JsonSerializer.Deserialize<OfflineEntry>(text, Json);
        }
        catch (JsonException broken)
        {
            throw new InvalidDataException($"Line {number} of the offline journal cannot be read.", broken);
        }
        if (entry is null) throw new InvalidDataException($"Line {number} of the offline journal is empty.");
        var before = head ?? new OfflineHead(entry.Seq - 1, entry.Previous, DateTimeOffset.UnixEpoch);
        if (OfflineChain.Wrong(entry, before, desk.DeskId, desk.Key.Public) is { } wrong) throw new InvalidDataException($"Line {number} of the offline journal was altered: its {wrong} is wrong.");
        Note(entry);
    }
}
