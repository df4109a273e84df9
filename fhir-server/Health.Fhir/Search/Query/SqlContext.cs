using Health.Contracts;

namespace Health.Fhir.Search;

/// <summary>What the pieces of one statement share: its parameters, the moment it looks at and what its caller may see.</summary>
public sealed class SqlContext(IReadOnlyDictionary<(string Type, string Param), short> keys, Blinding blinding, AccessFilter filter, long? horizon)
{
    private readonly List<object> parameters = [];
    private string? horizonParameter;
    private int aliases;

    /// <summary>Values of $1, $2 …</summary>
    public IReadOnlyList<object> Parameters => parameters;

    public Blinding Blinding => blinding;

    /// <summary>True when the statement looks at a past sequence instead of the current rows.</summary>
    public bool IsAsOf => horizon is not null;

    public string Add(object value)
    {
        parameters.Add(value);
        return $"${parameters.Count}";
    }

    public string NewAlias(string stem) => $"{stem}{++aliases}";

    /// <summary>The number of a parameter, written into the statement: it is ours, and the planner estimates better with it.</summary>
    public short Key(string type, string code) => keys[(type, code)];

    public string Rows(IndexTable table) => table.RowsAt(horizon is { } at ? horizonParameter ??= Add(at) : null);

    /// <summary>The condition that the row of fhir.resource named <paramref name="alias"/> is there for the caller. What is hidden is not there.</summary>
    public string Visible(string alias) => IsAsOf
        ? AccessFilterSql.Compile(filter, parameters, alias)
        : $"not {alias}.deleted and {AccessFilterSql.Compile(filter, parameters, alias)}";

    /// <summary>The keys of _lastUpdated of every type: one such row per living version.</summary>
    public short[] VersionKeys => [.. keys.Where(k => k.Key.Param == "_lastUpdated").Select(k => k.Value)];
}
