using Health.Hl7v2;

namespace Health.Adapters.Sources;

/// <summary>The source profiles of this node, read once at start from a folder of JSON files.</summary>
public sealed class SourceRegistry
{
    /// <summary>The reason of AR for a sender no profile names.</summary>
    public static readonly Hl7Diagnostic UnknownSender =
        Hl7Diagnostic.Error("MSH-3", Hl7ErrorCode.UnknownKeyIdentifier, "The sending application and facility (MSH-3, MSH-4) are not registered here.");

    private readonly Dictionary<string, SourceProfile> byId;
    private readonly List<SourceProfile> named;
    private readonly SourceProfile? open;

    public SourceRegistry(IReadOnlyList<SourceProfile> profiles)
    {
        byId = profiles.ToDictionary(profile => profile.Id, StringComparer.Ordinal);
        // The profile that names more of the sender wins.
        named = [.. profiles.Where(profile => profile.SendingApplication is not null || profile.SendingFacility is not null)
            .OrderByDescending(profile => (profile.SendingApplication is null ? 0 : 1) + (profile.SendingFacility is null ? 0 : 1))];
        open = profiles.SingleOrDefault(profile => profile.AcceptsUnknownSenders);
    }

    public IReadOnlyCollection<SourceProfile> All => byId.Values;

    /// <param name="folder">Null: no sources.</param>
    /// <exception cref="InvalidOperationException">A file is wrong; the message says which and what would be right.</exception>
    public static SourceRegistry Load(string? folder)
    {
        var profiles = ProfileFolder.Read<SourceProfile>(folder, "SourcesFolder", "source", profile => profile.Id, profile => profile.Problem());
        if (profiles.Count(profile => profile.AcceptsUnknownSenders) > 1)
            throw new InvalidOperationException($"Two source profiles in {folder} accept unknown senders; at most one may.");
        if (profiles.Where(IsNamed).GroupBy(profile => (profile.SendingApplication, profile.SendingFacility)).FirstOrDefault(group => group.Count() > 1) is { } same)
            throw new InvalidOperationException($"Source profiles {string.Join(" and ", same.Select(profile => profile.Id))} name the same sender.");
        return new SourceRegistry(profiles);
    }

    public SourceProfile? ById(string id) => byId.GetValueOrDefault(id);

    /// <summary>The profile of a sender (MSH-3.1, MSH-4.1); the one that accepts unknown senders when no other names it; else null.</summary>
    public SourceProfile? Find(string? application, string? facility) =>
        named.Find(profile => (profile.SendingApplication ?? application) == application && (profile.SendingFacility ?? facility) == facility) ?? open;

    private static bool IsNamed(SourceProfile profile) => profile.SendingApplication is not null || profile.SendingFacility is not null;
}
