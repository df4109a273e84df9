namespace Health.Fhir.Search;

/// <summary>The statements of one search: the matches of a page, and their number.</summary>
public sealed class SearchSql
{
    private readonly SearchQuery query;
    private readonly SqlContext sql;
    private readonly string from, with;
    private readonly List<string> where = [];
    private readonly List<(string Value, string Order, string Cast, bool Descending)> sort = [];

    /// <summary>Columns of a page before those of the sort values.</summary>
    public const int FixedColumns = 5;

    public SearchSql(SearchQuery query, SqlContext sql)
    {
        (this.query, this.sql) = (query, sql);
        string? driver = null;
        var pin = sql.IsShared ? SearchPin.Of(query) : null;
        if (sql.IsAsOf)
        {
            // The row of _lastUpdated that held at the horizon stands for the version that held.
            from = $"{sql.Rows(IndexTable.Date)} b join fhir.resource r on r.rid = b.rid";
            where.Add(sql.KeyIs("b", query.Type, "_lastUpdated"));
        }
        else
        {
            driver = pin is null ? Driver() : Pinned(pin);
            from = driver is null ? "fhir.resource r" : $"({driver}) m join fhir.resource r on r.rid = m.rid";
            where.Add(query.Types.Count == 1 ? $"r.type = {sql.Add(query.Type)}" : $"r.type = any({sql.Add(query.Types.ToArray())})");
        }
        where.Add(sql.Visible("r"));
        if (driver is null || pin is not null) where.AddRange(query.Criteria.Where(criterion => !ReferenceEquals(criterion, pin)).Select(criterion => CriterionSql.Compile(criterion, sql, "r")));
        with = sql.TakeSets();
        foreach (var key in query.Sort) AddSort(key);
    }

    /// <summary>rid, id, sequence of the version, resident, type, then the sort values as text; one row more than the page holds when there is a next page.</summary>
    public string Page(PagePosition? after)
    {
        var joins = string.Concat(query.Sort.Select((key, i) => key.Parameter is null ? "" : Join(key, i)));
        var conditions = after is null ? where : [.. where, After(after)];
        var values = string.Concat(sort.Select(s => $", ({s.Value})::text"));
        var order = string.Join(", ", [.. sort.Select(s => s.Order + (s.Descending ? " desc" : "")), "r.rid"]);
        var page = $"select r.rid, r.id, {(sql.IsAsOf ? "b.from_seq" : "r.seq")}, r.resident, r.type{values} from {from}{joins} where {string.Join(" and ", conditions)} order by {order} limit {query.Count + 1}";
        if (sql.IsAsOf || sql.IsShared) return with + page;
        if (DateOrder.Of(query) is { } key) return DateOrder.Page(key, query, sql, with, after, page);
        return CodeWalk.Of(query) is { } code ? CodeWalk.Page(code, query, sql, with, after, page) : with + page;
    }

    /// <summary>
    /// One code with its system and nothing else, in the order of rids: such rows lie in that order in the index, so the statement ends when the page is
    /// full, however many resources have the code.
    /// </summary>
    private string? Driver()
    {
        if (query.Sort.Count > 0 || query.Types.Count != 1 || query.Criteria is not [Criterion.Matches { Negated: false, Parameter.Type: SearchType.Token, Values: [SearchValue.Token { System: not null, Code: not null } value] } only]) return null;
        return $"select distinct d.rid from {sql.Rows(IndexTable.Token)} d where {sql.KeyIs("d", only.Type, only.Parameter.Code)} and {ValueSql.Compile(value, only.Type, only.Parameter.Code, sql, "d")}";
    }

    /// <summary>The matches of the pin, found before anything else is looked at.</summary>
    private string Pinned(Criterion.Matches pin) =>
        $"select distinct d.rid from {sql.Rows(IndexTable.Of(pin.Parameter.Type))} d where {sql.KeyIs("d", pin.Type, pin.Parameter.Code)} "
        + $"and {ValueSql.Compile(pin.Values[0], pin.Type, pin.Parameter.Code, sql, "d")}{sql.Fence}";

    public string Total() => $"{with}select count(*) from {from} where {string.Join(" and ", where)}";

    private void AddSort(SortKey key)
    {
        var (value, cast) = key switch
        {
            { Code: "_id" } => ("r.id", "text"),
            { Parameter: null } => (sql.IsAsOf ? "b.low" : "r.last_updated", "timestamptz"),
            _ => ($"s{sort.Count}.v", CastOf(key.Parameter.Type)),
        };
        // What has no value comes last in either direction.
        var last = (cast, key.Descending) switch
        {
            ("timestamptz", false) => "'infinity'::timestamptz",
            ("timestamptz", true) => "'-infinity'::timestamptz",
            ("double precision", false) => "'infinity'::double precision",
            ("double precision", true) => "'-infinity'::double precision",
            (_, false) => "U&'\\+10FFFF'",
            _ => "''",
        };
        var order = $"coalesce({value}, {last})" + (cast == "text" ? " collate \"C\"" : "");
        sort.Add((order, order, cast, key.Descending));
    }

    private string Join(SortKey key, int index)
    {
        var table = IndexTable.Of(key.Parameter!.Type);
        // Ascending by the smallest of several values, descending by the greatest.
        var pick = key.Descending ? "max" : "min";
        var end = key.Descending ? "high" : "low";
        var value = key.Parameter.Type switch
        {
            SearchType.Date or SearchType.Number => $"{pick}(x.{end})",
            // In base units, where the unit has one: 900 mg come before 1 g.
            SearchType.Quantity => $"coalesce({pick}(x.{end}) filter (where x.system = {CanonicalUnits.System}), {pick}(x.{end}))",
            SearchType.Reference => $"{pick}((x.target_type || '/' || x.target_id) collate \"C\") filter (where x.target_id <> '')",
            _ => $"{pick}(x.value)",
        };
        return $" left join lateral (select {value} as v from {sql.Rows(table)} x where x.rid = r.rid and {sql.KeyIs("x", query.Type, key.Code)}) s{index} on true";
    }

    /// <summary>Strictly after the last row of the page before, in the order of the sort keys and the rid.</summary>
    private string After(PagePosition position)
    {
        List<string> alternatives = [];
        var equal = "";
        for (var i = 0; i < sort.Count; i++)
        {
            var value = $"{sql.Add(position.SortValues[i])}::text::{sort[i].Cast}" + (sort[i].Cast == "text" ? " collate \"C\"" : "");
            alternatives.Add($"({equal}{sort[i].Order} {(sort[i].Descending ? "<" : ">")} {value})");
            equal += $"{sort[i].Order} = {value} and ";
        }
        alternatives.Add($"({equal}r.rid > {sql.Add(position.Rid)})");
        return $"({string.Join(" or ", alternatives)})";
    }

    private static string CastOf(SearchType type) => type switch
    {
        SearchType.Date => "timestamptz",
        SearchType.Number or SearchType.Quantity => "double precision",
        _ => "text",
    };
}
