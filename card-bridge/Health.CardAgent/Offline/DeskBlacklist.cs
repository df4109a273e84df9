using Health.Cards;

namespace Health.CardAgent.Offline;

/// <summary>Why the list does not let a purse pay; <see cref="Free"/> when it does.</summary>
public enum ListAnswer { Free, Blocked, NoList, TooOld }

/// <summary>
/// The signed list on the disk of the desk. It is asked anew for every card, never remembered for "the" card; without a list, or with one older than 24 hours, the answer is
/// no.
/// </summary>
public sealed class DeskBlacklist
{
    private readonly string file;
    private readonly BlacklistTrust? trust;
    private readonly TimeProvider time;
    private volatile BlacklistDocument? document;

    public DeskBlacklist(AgentSettings settings, TimeProvider time)
    {
        this.time = time;
        file = Path.Combine(settings.DataFolder, "offline", "blacklist");
        if (settings.BlacklistKey.Length == 0) return;
        trust = new BlacklistTrust(Sm2PublicKey.FromHex(settings.BlacklistKey), settings.Division);
        // A file that was altered on the disk is as good as none.
        if (File.Exists(file) && BlacklistDocument.TryRead(File.ReadAllBytes(file), out _) is { } kept && trust.Judge(kept) == ListVerdict.Trusted) document = kept;
    }

    /// <summary>Whether a list can be believed at all: the city's key was set.</summary>
    public bool IsSetUp => trust is not null;

    public BlacklistDocument? Current => document;

    public ListAnswer Ask(string chipSerial, string purseNo)
    {
        if (document is not { } list) return ListAnswer.NoList;
        if (list.Freshness(time.GetUtcNow()) != ListFreshness.Fresh) return ListAnswer.TooOld;
        return list.Contains(BlacklistKey.OfChip(chipSerial)) || list.Contains(BlacklistKey.OfPurse(purseNo)) ? ListAnswer.Blocked : ListAnswer.Free;
    }

    /// <summary>Takes a whole list; otherwise why not.</summary>
    public string? TakeFull(byte[] bytes) => trust is null ? "no key is set"
        : BlacklistDocument.TryRead(bytes, out var error) is not { } list ? error!.ToString()
        : trust.Judge(list) is var verdict and not ListVerdict.Trusted ? verdict.ToString()
        : Take(list);

    /// <summary>Takes a delta to the list that is here; otherwise why not: ask for the whole list then.</summary>
    public string? TakeDelta(byte[] bytes)
    {
        if (trust is null || document is not { } from) return "no list to start from";
        if (BlacklistDelta.TryRead(bytes, out var error) is not { } delta) return error!.ToString();
        var (list, refusal) = delta.Apply(from, trust);
        return list is null ? refusal : Take(list);
    }

    private string? Take(BlacklistDocument list)
    {
        // An older list is never taken: it would let a purse pay that was blocked since.
        if (!BlacklistTrust.Supersedes(list, document)) return "the list is older than the one here";
        DurableFile.Replace(file, list.ToBytes());
        document = list;
        return null;
    }
}
