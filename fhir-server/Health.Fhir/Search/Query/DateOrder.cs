namespace Health.Fhir.Search;

/// <summary>
/// Sorting by a date over what a great part of the store may have (a code, a status, a category): the dates are walked in their order in the index, and the walk ends when
/// the page is full. Where few match it is not begun, since it would go far between two of them; where it does not fill the page within its steps (few match after all, or
/// not there, or what has no date belongs on it too), all matches are sorted. All of it is one statement.
/// </summary>
internal static class DateOrder
{
    /// <summary>Dates that a walk passes at most: about as dear as sorting the matches it did not find.</summary>
    private const int Steps = 20_000;

    /// <summary>The key to walk by; null where the matches are few by their nature or have another order.</summary>
    public static SortKey? Of(SearchQuery query) =>
        query.Types.Count == 1 && query.Sort is [{ Parameter.Type: SearchType.Date } key] && query.Criteria.Count > 0 && query.Criteria.All(IsFrequent) ? key : null;

    /// <param name="with">The WITH clause of the conditions.</param>
    /// <param name="sorted">The page as a statement that sorts all matches.</param>
    public static string Page(SortKey key, SearchQuery query, SqlContext sql, string with, PagePosition? after, string sorted)
    {
        var rows = query.Count + 1;
        // Of several dates of a resource the one that counts: the latest end, or the earliest beginning.
        var (bound, other, order, beyond, past) = key.Descending ? ("high", "low", "desc", ">", "<=") : ("low", "high", "asc", "<", ">=");
        var (d, y, n) = (sql.NewAlias("d"), sql.NewAlias("y"), sql.NewAlias("n"));
        var dates = sql.Rows(IndexTable.Date);
        List<string> passed = [sql.KeyIs("x", query.Type, key.Code)];
        if (after is not null)
        {
            var (value, rid) = ($"{sql.Add(after.SortValues[0])}::text::timestamptz", sql.Add(after.Rid));
            passed.Add($"x.{bound} {past} {value} and (x.{bound} <> {value} or x.rid > {rid})");
        }

        // The order is the one written: fences keep the planner from joining what is looked up for each date passed.
        List<string> conditions =
        [
            $"(select matches from {n}) >= {sql.SortedMatches}",
            $"not exists (select 1 from {dates} {y} where {y}.rid = {d}.rid and {sql.KeyIs(y, query.Type, key.Code)} and ({y}.{bound}, {y}.{other}) {beyond} ({d}.{bound}, {d}.{other}) offset 0)",
            sql.Visible("r"),
            .. query.Criteria.Cast<Criterion.Matches>().Select(matches => CriterionSql.Probe(matches, sql, "r")),
        ];
        var walk = $"select r.rid, r.id, r.seq, r.resident, r.type, {d}.{bound}::text "
            + $"from (select x.rid, x.low, x.high from {dates} x where {string.Join(" and ", passed)} order by x.{bound} {order}, x.rid limit {Steps}) {d} "
            + $"cross join lateral (select * from fhir.resource f where f.rid = {d}.rid offset 0) r where {string.Join(" and ", conditions)} order by {d}.{bound} {order}, {d}.rid limit {rows}";
        return $"{(with.Length == 0 ? "with" : $"{with.TrimEnd()},")} {n}(matches) as materialized ({Matches(query, sql)}), w(rid, id, seq, resident, type, v) as materialized ({walk}) "
            + $"select * from w where (select count(*) from w) = {rows} union all select * from ({sorted}) s where (select count(*) from w) < {rows}";
    }

    /// <summary>The fewest index rows that any of the criteria has, up to the number from which on there is a walk.</summary>
    private static string Matches(SearchQuery query, SqlContext sql)
    {
        var counts = query.Criteria.Cast<Criterion.Matches>().Select(matches =>
        {
            var t = sql.NewAlias("t");
            return $"(select count(*) from (select 1 from {sql.Rows(IndexTable.Token)} {t} where {CriterionSql.Row(matches, sql, t)} limit {sql.SortedMatches}) {t})";
        });
        return $"select least({string.Join(", ", counts)})";
    }

    private static bool IsFrequent(Criterion criterion) =>
        criterion is Criterion.Matches { Negated: false, Parameter: { Type: SearchType.Token, Code: not "identifier" } } matches && matches.Values.All(value => value is SearchValue.Token);
}
