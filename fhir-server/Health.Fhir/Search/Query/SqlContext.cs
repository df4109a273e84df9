using Health.Contracts;

namespace Health.Fhir.Search;

/// <summary>What the pieces of one statement share: its parameters, the moment it looks at and what its caller may see.</summary>
public sealed class SqlContext(IReadOnlyDictionary<(string Type, string Param), short> keys, Blinding blinding, AccessFilter filter, long? horizon)
{
    private readonly List<object> parameters = [], own = [];
    private readonly List<string> sets = [];
    private string? horizonParameter;
    private int aliases;

    /// <summary>Values of $1, $2 …</summary>
    public IReadOnlyList<object> Parameters => parameters;

    /// <summary>
    /// The statement answers several questions that differ in their values alone: a value is a column of the row <c>k</c> of its question, and
    /// the order in which things are looked up is the one written.
    /// </summary>
    public bool IsShared { get; init; }

    /// <summary>Values of k.p1, k.p2 … of a shared statement.</summary>
    public IReadOnlyList<object> Own => own;

    /// <summary>Keeps the planner from turning a condition on a row into a join that would begin at the other end.</summary>
    public string Fence => IsShared ? " offset 0" : "";

    public Blinding Blinding => blinding;

    /// <summary>Matches that are sorted by a date rather than found by walking the dates.</summary>
    public int SortedMatches { get; init; } = SearchLimit.UsuallySorted;

    /// <summary>True when the statement looks at a past sequence instead of the current rows.</summary>
    public bool IsAsOf => horizon is not null;

    public string Add(object value)
    {
        if (IsShared && value is not Array)
        {
            own.Add(value);
            return $"k.p{own.Count}";
        }
        parameters.Add(value);
        return $"${parameters.Count}";
    }

    /// <summary>A set that the statement computes once and beforehand, however it is planned otherwise; returns its name. <see cref="TakeSets"/> must begin the statement.</summary>
    public string Once(string select)
    {
        var name = NewAlias("h");
        sets.Add($"{name} as materialized ({select})");
        return name;
    }

    /// <summary>The WITH clause of the sets since the last call; empty for none.</summary>
    public string TakeSets()
    {
        var with = sets.Count == 0 ? "" : $"with {string.Join(", ", sets)} ";
        sets.Clear();
        return with;
    }

    public string NewAlias(string stem) => $"{stem}{++aliases}";

    /// <summary>The number of a parameter, written into the statement: it is ours, and the planner estimates better with it.</summary>
    public short Key(string type, string code) => keys[(type, code)];

    /// <summary>The condition that a row is of this parameter of one of these types (separated by blanks).</summary>
    public string KeyIs(string row, string types, string code)
    {
        if (!types.Contains(' ')) return $"{row}.key = {Key(types, code)}";
        return $"{row}.key in ({string.Join(", ", types.Split(' ').Select(type => Key(type, code)).Distinct())})";
    }

    /// <summary>The codes that the terminology named for the value sets and codes of this query.</summary>
    public IReadOnlyDictionary<SearchValue.Codes, IReadOnlyCollection<Terminology.CodeOf>> CodeSets { get; init; } = new Dictionary<SearchValue.Codes, IReadOnlyCollection<Terminology.CodeOf>>();

    public string Rows(IndexTable table) => table.RowsAt(horizon is { } at ? horizonParameter ??= Add(at) : null);

    /// <summary>The condition that the row of fhir.resource named <paramref name="alias"/> is there for the caller. What is hidden is not there.</summary>
    public string Visible(string alias) => IsAsOf
        ? AccessFilterSql.Compile(filter, parameters, alias)
        : $"not {alias}.deleted and {AccessFilterSql.Compile(filter, parameters, alias)}";

    /// <summary>
    /// The same for a resource that is met on the way, of one of these types: as of a past moment it must have been there then. (The matches themselves are found
    /// by their row of _lastUpdated.)
    /// </summary>
    public string VisibleOnTheWay(string alias, string types)
    {
        if (!IsAsOf) return Visible(alias);
        var x = NewAlias("l");
        return $"{Visible(alias)} and exists (select 1 from {Rows(IndexTable.Date)} {x} where {x}.rid = {alias}.rid and {KeyIs(x, types, "_lastUpdated")})";
    }

    /// <summary>The keys of _lastUpdated of every type: one such row per living version.</summary>
    public short[] VersionKeys => [.. keys.Where(k => k.Key.Param == "_lastUpdated").Select(k => k.Value)];
}
