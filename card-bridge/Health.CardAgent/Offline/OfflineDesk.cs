using System.Globalization;
using System.Text.Json;
using Health.CardAgent.Platform;
using Health.Cards;

namespace Health.CardAgent.Offline;

/// <summary>
/// What makes this desk able to go on alone: the key its journal is signed with (made here, never leaves), the platform's key for what is noted of a person, and where the
/// platform's copy of the chain stood when the key was registered.
/// </summary>
public sealed class OfflineDesk
{
    private sealed record Registered(long LastSeq, string LastHash, DateTimeOffset LastAt, string SealKey);

    private readonly string registeredFile;
    private Registered? registered;

    public OfflineDesk(AgentSettings settings)
    {
        DeskId = settings.DeskId;
        var folder = Path.Combine(settings.DataFolder, "offline");
        registeredFile = Path.Combine(folder, "registered.json");
        var keyFile = Path.Combine(folder, "journal-key");
        if (!File.Exists(keyFile)) DurableFile.Replace(keyFile, Sm2KeyPair.Generate().ToDer());
        Key = Sm2KeyPair.FromDer(File.ReadAllBytes(keyFile));
        if (File.Exists(registeredFile)) registered = JsonSerializer.Deserialize<Registered>(File.ReadAllBytes(registeredFile));
        Numbers = new NumberPool(Path.Combine(folder, "numbers.json"));
        JournalFile = Path.Combine(folder, "offline.journal");
    }

    public string DeskId { get; }
    public Sm2KeyPair Key { get; }
    public NumberPool Numbers { get; }
    public string JournalFile { get; }

    /// <summary>The platform knows this desk's key.</summary>
    public bool IsRegistered => registered is not null;

    /// <summary>Where the first entry of this journal follows.</summary>
    public OfflineHead Start => registered is { } known ? new OfflineHead(known.LastSeq, known.LastHash, known.LastAt) : OfflineHead.Start;

    public void Register(JournalKeyAnswer answer)
    {
        var known = new Registered(answer.LastSeq, answer.LastHash, answer.LastAt, answer.SealKey);
        DurableFile.Replace(registeredFile, JsonSerializer.SerializeToUtf8Bytes(known));
        registered = known;
    }

    /// <summary>Text that the platform alone can read.</summary>
    public string Seal(string visitTx, string part, byte[] text) =>
        Convert.ToBase64String(Sm2Seal.Close(Sm2PublicKey.FromHex(registered?.SealKey ?? throw new InvalidOperationException("The desk was never registered.")), $"{DeskId}|{visitTx}|{part}", text));
}

/// <summary>Local visit numbers by day, in blocks fetched while the platform was there. A number is taken durably before it is given.</summary>
public sealed class NumberPool(string path)
{
    private sealed record Block(DateOnly Day, int Number, int First, int Last, int Next);

    private readonly Lock turn = new();
    private List<Block> blocks = File.Exists(path) ? JsonSerializer.Deserialize<List<Block>>(File.ReadAllBytes(path)) ?? [] : [];

    public int Left(DateOnly day)
    {
        lock (turn) return blocks.Where(block => block.Day == day).Sum(block => block.Last - block.Next + 1);
    }

    /// <summary>The number of the block to ask for next, for a day.</summary>
    public int NextBlock(DateOnly day)
    {
        lock (turn) return blocks.Where(block => block.Day == day).Select(block => block.Number).DefaultIfEmpty(0).Max() + 1;
    }

    public void Add(NumberBlock taken)
    {
        lock (turn)
        {
            if (blocks.Any(block => block.Day == taken.Day && block.Number == taken.Block)) return;
            Save([.. blocks, new Block(taken.Day, taken.Block, taken.First, taken.Last, taken.First)]);
        }
    }

    /// <summary>The next number (C, date, five digits); null when there is none left for the day.</summary>
    public string? Take(DateOnly day)
    {
        lock (turn)
        {
            var index = blocks.FindIndex(block => block.Day == day && block.Next <= block.Last);
            if (index < 0) return null;
            var block = blocks[index];
            Save([.. blocks[..index], block with { Next = block.Next + 1 }, .. blocks[(index + 1)..]]);
            return string.Create(CultureInfo.InvariantCulture, $"C{day:yyyyMMdd}{block.Next:D5}");
        }
    }

    /// <summary>Blocks of days that are over are of no use.</summary>
    public void Forget(DateOnly before)
    {
        lock (turn)
            if (blocks.Any(block => block.Day < before)) Save([.. blocks.Where(block => block.Day >= before)]);
    }

    private void Save(List<Block> changed)
    {
        DurableFile.Replace(path, JsonSerializer.SerializeToUtf8Bytes(changed));
        blocks = changed;
    }
}
