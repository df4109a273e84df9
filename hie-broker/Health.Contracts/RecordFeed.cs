namespace Health.Contracts;

/// <summary>A version of a resource, as the event log has it.</summary>
/// <param name="Sequence">Its place in the log.</param>
/// <param name="InstitutionCode">Who wrote this version, whoever wrote the first one.</param>
/// <param name="At">meta.lastUpdated; versions of one commit have the same instant, and no others have it.</param>
/// <param name="Json">UTF-8 FHIR JSON; empty for a deletion, null when its key was destroyed.</param>
public sealed record LoggedRecord(
    long Sequence, string ResourceType, string Id, long Version, string InstitutionCode, string? ResidentId, DateTimeOffset At, ReadOnlyMemory<byte>? Json);

/// <summary>A portion of the log. <paramref name="Reached"/>: everything up to that sequence was looked at.</summary>
public sealed record RecordFeedPage(IReadOnlyList<LoggedRecord> Records, long Reached, bool HasMore);

/// <summary>
/// The versions of the record store in the order of the log, for modules that pass changes on (Fhir). A reader keeps its own place.
/// </summary>
public interface IRecordFeed
{
    /// <summary>
    /// Raised behind each commit of this process, in the thread of the committer: set a signal and return. Other processes' commits raise
    /// nothing.
    /// </summary>
    event Action? Committed;

    /// <summary>The highest sequence that is visible: nothing below it is missing (docs/adr/0003).</summary>
    ValueTask<long> Horizon(CancellationToken ct);

    /// <summary>
    /// Versions of these types after a sequence that the filter shows now, at most about <paramref name="most"/>; a commit is not divided.
    /// </summary>
    ValueTask<RecordFeedPage> After(long sequence, IReadOnlyList<string> resourceTypes, AccessFilter filter, int most, CancellationToken ct);
}

/// <summary>A current version that a search found.</summary>
public sealed record FoundRecord(string ResourceType, string Id, string? ResidentId, string InstitutionCode, ReadOnlyMemory<byte> Json);

/// <summary>Search of the record store, for modules that answer questions in another protocol (Fhir). The caller decides access and audits.</summary>
public interface IRecordSearch
{
    /// <param name="query">
    /// FHIR search parameters, <c>family=王&amp;birthdate=1990-01-01</c>; of those with an underscore _id alone is taken, chains are refused.
    /// </param>
    /// <returns>At most <paramref name="most"/> in the order of creation, or why the query is refused.</returns>
    ValueTask<(IReadOnlyList<FoundRecord> Found, Refusal? Refusal)> Find(string resourceType, string query, AccessFilter filter, int most, CancellationToken ct);
}
