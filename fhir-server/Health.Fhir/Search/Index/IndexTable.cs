using System.Collections.Concurrent;
using System.Runtime.CompilerServices;

namespace Health.Fhir.Search;

/// <summary>One kind of index row. Every table has rid, key and from_seq around its own columns, and a twin _past with to_seq.</summary>
/// <param name="Columns">Own columns with their PostgreSQL types.</param>
public sealed record IndexTable(string Name, IReadOnlyList<(string Name, string Type)> Columns)
{
    private static readonly (string, string) ItemColumn = ("item", "smallint");

    public static readonly IndexTable Token = new("search_token", [("value", "uuid"), ("system", "bigint"), ItemColumn, ("text", "bigint")]);
    public static readonly IndexTable Date = new("search_date", [("low", "timestamptz"), ("high", "timestamptz")]);
    public static readonly IndexTable Text = new("search_string", [("value", "text"), ("original", "text")]);
    public static readonly IndexTable Reference = new("search_reference", [("target_type", "text"), ("target_id", "text"), ItemColumn]);
    public static readonly IndexTable Uri = new("search_uri", [("value", "text")]);
    public static readonly IndexTable Number = new("search_number", [("low", "double precision"), ("high", "double precision"), ("system", "bigint"), ("unit", "bigint"), ItemColumn]);

    public static readonly IReadOnlyList<IndexTable> All = [Token, Date, Text, Reference, Uri, Number];

    /// <summary>True when its rows are numbered by the element their value lies in.</summary>
    public bool HasItem => Columns.Contains(ItemColumn);

    private readonly ConcurrentDictionary<(string Schema, bool Past), string> inserts = new();

    /// <summary>rid, key, own columns, from_seq.</summary>
    public string ColumnList => $"rid, key, {string.Join(", ", Columns.Select(c => c.Name))}, from_seq";

    /// <summary>The table that answers a search of this kind of parameter.</summary>
    public static IndexTable Of(SearchType type) => type switch
    {
        SearchType.Token => Token,
        SearchType.Date => Date,
        SearchType.String => Text,
        SearchType.Reference => Reference,
        SearchType.Uri => Uri,
        // A position is a number row: latitude and longitude.
        SearchType.Number or SearchType.Quantity or SearchType.Special => Number,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "has no index table"),
    };

    // There is one instance of each table: looking one up must not hash its columns.
    public bool Equals(IndexTable? other) => ReferenceEquals(this, other);

    public override int GetHashCode() => RuntimeHelpers.GetHashCode(this);

    /// <summary>Inserts rows given as one array per column ($1 …, to_seq last for past rows).</summary>
    public string InsertSql(string schema, bool past) => inserts.GetOrAdd((schema, past), place => MakeInsert(place.Schema, place.Past));

    private string MakeInsert(string schema, bool past)
    {
        List<string> types = ["bigint", "smallint", .. Columns.Select(c => c.Type), "bigint"];
        if (past) types.Add("bigint");
        var arrays = string.Join(", ", types.Select((type, i) => $"${i + 1}::{type}[]"));
        return past
            ? $"insert into {schema}.{Name}_past ({ColumnList}, to_seq) select * from unnest({arrays})"
            : $"insert into {schema}.{Name} ({ColumnList}) select * from unnest({arrays})";
    }

    /// <summary>Moves the rows of resources $1 to the past, as of the sequences $2 of their new versions.</summary>
    public string SupersedeSql(string schema)
    {
        var columns = string.Join(", ", Columns.Select(c => $"t.{c.Name}"));
        return $"with old as (delete from {schema}.{Name} t using unnest($1::bigint[], $2::bigint[]) u(rid, seq) where t.rid = u.rid "
            + $"returning t.rid, t.key, {columns}, t.from_seq, u.seq) insert into {schema}.{Name}_past ({ColumnList}, to_seq) select * from old";
    }

    /// <summary>What a search sees of the table: the current rows, or those that held at the sequence <paramref name="horizon"/>.</summary>
    public string RowsAt(string? horizon) => horizon is null
        ? $"fhir.{Name}"
        : $"(select {ColumnList} from fhir.{Name} where from_seq <= {horizon} union all "
            + $"select {ColumnList} from fhir.{Name}_past where from_seq <= {horizon} and to_seq > {horizon})";
}
