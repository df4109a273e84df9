namespace Health.Fhir.Search;

/// <summary>A version that the committer writes, as the search index sees it. <paramref name="Json"/> is empty for a deletion.</summary>
public sealed record IndexedWrite(
    long Rid, string ResourceType, string Id, long Version, long Sequence, DateTimeOffset LastUpdated, bool Deleted,
    string? ResidentId, string InstitutionCode, ReadOnlyMemory<byte> Json);
