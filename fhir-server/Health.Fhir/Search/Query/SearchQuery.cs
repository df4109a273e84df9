namespace Health.Fhir.Search;

/// <summary>A query as it was understood. http://hl7.org/fhir/R4/search.html</summary>
public sealed record SearchQuery(string Type, IReadOnlyList<Criterion> Criteria)
{
    public IReadOnlyList<SortKey> Sort { get; init; } = [];
    public int Count { get; init; } = Limits.DefaultCount;
    public TotalMode Total { get; init; } = TotalMode.None;
    /// <summary><c>_summary=count</c>, or <c>_count=0</c>: only the number.</summary>
    public bool IsCountOnly { get; init; }
    /// <summary>Top-level elements to answer with; empty for all.</summary>
    public IReadOnlyList<string> Elements { get; init; } = [];
    public IReadOnlyList<Include> Includes { get; init; } = [];
    /// <summary>Search as of a sequence of the log or an instant; null: now.</summary>
    public string? AsOf { get; init; }
    /// <summary>Token of the page to continue; null for the first.</summary>
    public string? Page { get; init; }
}

public enum TotalMode { None, Accurate }

/// <param name="Parameter">Null for <c>_id</c> and <c>_lastUpdated</c>, named by <paramref name="Code"/>.</param>
public sealed record SortKey(string Code, SearchParameter? Parameter, bool Descending);

/// <summary><c>_include</c> or, <paramref name="IsReverse"/>, <c>_revinclude</c>: <paramref name="Source"/>:<paramref name="Parameter"/>[:<paramref name="Target"/>].</summary>
/// <param name="Parameter">Code of a reference parameter; <c>*</c> for all of the source type.</param>
public sealed record Include(string Source, string Parameter, string? Target, bool IsReverse, bool IsIterative);
