using Health.Contracts;

namespace Health.Fhir.Search;

/// <summary>A query as it was understood. http://hl7.org/fhir/R4/search.html</summary>
/// <param name="Type">The resource type, or several separated by blanks.</param>
public sealed record SearchQuery(string Type, IReadOnlyList<Criterion> Criteria)
{
    public IReadOnlyList<SortKey> Sort { get; init; } = [];
    public int Count { get; init; } = Limits.DefaultCount;
    public TotalMode Total { get; init; } = TotalMode.None;
    /// <summary><c>_summary=count</c>, or <c>_count=0</c>: only the number.</summary>
    public bool IsCountOnly { get; init; }
    /// <summary>Top-level elements to answer with; empty for all.</summary>
    public IReadOnlyList<string> Elements { get; init; } = [];
    public SummaryMode Summary { get; init; } = SummaryMode.None;
    public IReadOnlyList<Include> Includes { get; init; } = [];
    /// <summary>Search as of a sequence of the log or an instant; null: now.</summary>
    public string? AsOf { get; init; }
    /// <summary>Token of the page to continue; null for the first.</summary>
    public string? Page { get; init; }
    /// <summary>What a lenient reading passed over.</summary>
    public IReadOnlyList<Refusal> Ignored { get; init; } = [];
    /// <summary>The query without what was passed over.</summary>
    public string Understood { get; init; } = "";

    public IReadOnlyList<string> Types => Type.Split(' ');
}

/// <summary>An estimate is the number itself: counting is exact here.</summary>
public enum TotalMode { None, Accurate }

/// <summary>http://hl7.org/fhir/R4/search.html#summary; count is <see cref="SearchQuery.IsCountOnly"/>.</summary>
public enum SummaryMode { None, True, Text, Data }

/// <param name="Parameter">Null for <c>_id</c> and <c>_lastUpdated</c>, named by <paramref name="Code"/>.</param>
public sealed record SortKey(string Code, SearchParameter? Parameter, bool Descending);

/// <summary><c>_include</c> or, <paramref name="IsReverse"/>, <c>_revinclude</c>: <paramref name="Source"/>:<paramref name="Parameter"/>[:<paramref name="Target"/>].</summary>
/// <param name="Source">A resource type; <c>*</c> for that of every match.</param>
/// <param name="Parameter">Code of a reference parameter; <c>*</c> for all of the source type.</param>
public sealed record Include(string Source, string Parameter, string? Target, bool IsReverse, bool IsIterative)
{
    /// <summary>The types the parameter leads to; empty where it names none or several parameters.</summary>
    public IReadOnlyList<string> Targets { get; init; } = [];
}
