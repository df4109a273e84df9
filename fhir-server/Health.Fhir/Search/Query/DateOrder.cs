namespace Health.Fhir.Search;

/// <summary>
/// Sorting by a date over what a great part of the store may have (a code, a status, a category): the dates are walked in their order in the index, and the walk ends when
/// the page is full. Where it does not fill the page, few match, or what has no date belongs on it too: then the matches are sorted, in the same statement.
/// </summary>
internal static class DateOrder
{
    /// <summary>The key to walk by; null where the matches are few by their nature or have another order.</summary>
    public static SortKey? Of(SearchQuery query) =>
        query.Types.Count == 1 && query.Sort is [{ Parameter.Type: SearchType.Date } key] && query.Criteria.Count > 0 && query.Criteria.All(IsFrequent) ? key : null;

    /// <param name="with">The WITH clause of the conditions.</param>
    /// <param name="where">Conditions on r.</param>
    /// <param name="sorted">The page as a statement that sorts all matches.</param>
    public static string Page(SortKey key, SearchQuery query, SqlContext sql, string with, IReadOnlyList<string> where, PagePosition? after, string sorted)
    {
        var rows = query.Count + 1;
        // Of several dates of a resource the one that counts: the latest end, or the earliest beginning.
        var (bound, other, order, beyond, past) = key.Descending ? ("high", "low", "desc", ">", "<=") : ("low", "high", "asc", "<", ">=");
        var (d, y) = (sql.NewAlias("d"), sql.NewAlias("y"));
        List<string> conditions =
        [
            sql.KeyIs(d, query.Type, key.Code),
            $"not exists (select 1 from {sql.Rows(IndexTable.Date)} {y} where {y}.rid = {d}.rid and {sql.KeyIs(y, query.Type, key.Code)} and ({y}.{bound}, {y}.{other}) {beyond} ({d}.{bound}, {d}.{other}))",
            .. where,
        ];
        if (after is not null)
        {
            var (value, rid) = ($"{sql.Add(after.SortValues[0])}::text::timestamptz", sql.Add(after.Rid));
            conditions.Add($"{d}.{bound} {past} {value} and ({d}.{bound} <> {value} or r.rid > {rid})");
        }

        var walk = $"select r.rid, r.id, r.seq, r.resident, r.type, {d}.{bound}::text from {sql.Rows(IndexTable.Date)} {d} join fhir.resource r on r.rid = {d}.rid "
            + $"where {string.Join(" and ", conditions)} order by {d}.{bound} {order}, r.rid limit {rows}";
        return $"{(with.Length == 0 ? "with" : $"{with.TrimEnd()},")} w(rid, id, seq, resident, type, v) as materialized ({walk}) "
            + $"select * from w where (select count(*) from w) = {rows} union all select * from ({sorted}) s where (select count(*) from w) < {rows}";
    }

    private static bool IsFrequent(Criterion criterion) =>
        criterion is Criterion.Matches { Negated: false, Parameter: { Type: SearchType.Token, Code: not "identifier" } } matches && matches.Values.All(value => value is SearchValue.Token);
}
