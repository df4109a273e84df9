namespace Health.Fhir.Search;

/// <summary>A version that the committer writes, as the search index sees it. <paramref name="Json"/> is empty for a deletion.</summary>
public sealed record IndexedWrite(
    long Rid, string ResourceType, string Id, long Version, long Sequence, DateTimeOffset LastUpdated, bool Deleted,
    string? ResidentId, string InstitutionCode, ReadOnlyMemory<byte> Json)
{
    /// <summary>Its index rows, where they were made before; null for: make them from the body.</summary>
    public IndexRows? Rows { get; init; }
}
