using Health.Hl7v2;

namespace Health.Adapters.Sources;

/// <summary>The source profiles of this node, as they stand now. What asks twice may get two answers: whoever needs one keeps what it got.</summary>
public sealed class SourceRegistry
{
    /// <summary>The reason of AR for a sender no profile names.</summary>
    public static readonly Hl7Diagnostic UnknownSender =
        Hl7Diagnostic.Error("MSH-3", Hl7ErrorCode.UnknownKeyIdentifier, "The sending application and facility (MSH-3, MSH-4) are not registered here.");

    private readonly ProfileFolder<SourceProfile>? folder;
    private volatile Standing standing;
    private TaskCompletionSource changed = New();

    private sealed record Standing(Dictionary<string, SourceProfile> ById, List<SourceProfile> Named, SourceProfile? Open);

    public SourceRegistry(IReadOnlyList<SourceProfile> profiles) => standing = Of(profiles);

    private SourceRegistry(ProfileFolder<SourceProfile> folder) : this(folder.Read(Check)) => this.folder = folder;

    public IReadOnlyCollection<SourceProfile> All => standing.ById.Values;

    /// <summary>Ends when a profile was added, changed or taken away after it was asked for.</summary>
    internal Task Changed => Volatile.Read(ref changed).Task;

    /// <param name="folder">Null: no sources.</param>
    /// <exception cref="InvalidOperationException">A file is wrong; the message says which and what would be right.</exception>
    public static SourceRegistry Load(string? folder) =>
        string.IsNullOrEmpty(folder)
            ? new SourceRegistry([])
            : new SourceRegistry(new ProfileFolder<SourceProfile>(folder, "SourcesFolder", "source", profile => profile.Id, profile => profile.Problem()));

    public SourceProfile? ById(string id) => standing.ById.GetValueOrDefault(id);

    /// <summary>The profile of a sender (MSH-3.1, MSH-4.1); the one that accepts unknown senders when no other names it; else null.</summary>
    public SourceProfile? Find(string? application, string? facility)
    {
        var now = standing;
        return now.Named.Find(profile => (profile.SendingApplication ?? application) == application && (profile.SendingFacility ?? facility) == facility) ?? now.Open;
    }

    /// <summary>Reads the folder again. Profiles whose file says the same stay the same objects.</summary>
    /// <returns>Whether anything changed.</returns>
    /// <exception cref="InvalidOperationException">A file is wrong; the profiles stay as they were.</exception>
    internal bool Reload()
    {
        if (folder is null) return false;
        var profiles = folder.Read(Check);
        if (profiles.Count == All.Count && profiles.All(All.Contains<SourceProfile>)) return false;
        standing = Of(profiles);
        Interlocked.Exchange(ref changed, New()).SetResult();
        return true;
    }

    /// <summary>What tells that a file of the folder may have changed.</summary>
    internal string Signature() => folder?.Signature() ?? "";

    private static Standing Of(IReadOnlyList<SourceProfile> profiles) => new(
        profiles.ToDictionary(profile => profile.Id, StringComparer.Ordinal),
        // The profile that names more of the sender wins.
        [.. profiles.Where(IsNamed)
            .OrderByDescending(profile => (profile.SendingApplication is null ? 0 : 1) + (profile.SendingFacility is null ? 0 : 1))],
        profiles.SingleOrDefault(profile => profile.AcceptsUnknownSenders));

    private static void Check(IReadOnlyList<SourceProfile> profiles)
    {
        if (profiles.Count(profile => profile.AcceptsUnknownSenders) > 1)
            throw new InvalidOperationException("Two source profiles accept unknown senders; at most one may.");
        if (profiles.Where(IsNamed).GroupBy(profile => (profile.SendingApplication, profile.SendingFacility)).FirstOrDefault(group => group.Count() > 1) is { } same)
            throw new InvalidOperationException($"Source profiles {string.Join(" and ", same.Select(profile => profile.Id))} name the same sender.");
    }

    private static bool IsNamed(SourceProfile profile) => profile.SendingApplication is not null || profile.SendingFacility is not null;

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
