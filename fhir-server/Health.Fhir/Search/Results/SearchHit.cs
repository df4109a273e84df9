using Health.Fhir.Records;

namespace Health.Fhir.Search;

/// <summary>A resource version of a result: found by the criteria, or brought along by an include.</summary>
/// <param name="Resident">Whom it concerns, for the audit.</param>
public readonly record struct SearchHit(long Rid, string Type, string Id, long Sequence, string? Resident, bool IsInclude)
{
    /// <summary>The version's event, where the search brought it along; not opened.</summary>
    internal StoredVersion? Stored { get; init; }
}

/// <summary>A page of a search. <paramref name="Next"/> is null on the last page; <paramref name="Total"/> where it was asked for or costs nothing.</summary>
/// <param name="Horizon">The sequence at which the search looked: the same on every page.</param>
public sealed record SearchPage(IReadOnlyList<SearchHit> Matches, IReadOnlyList<SearchHit> Included, long? Total, long Horizon, PageState? Next);
