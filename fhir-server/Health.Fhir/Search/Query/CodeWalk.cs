namespace Health.Fhir.Search;

/// <summary>
/// A code together with other conditions, in the order of rids: the rows of a code lie in that order in the index, so the first of them are looked through for the rest, and
/// the page is full soon unless the conditions seldom meet. Otherwise the statement is left to the planner, which computes all of them. Both are one statement.
/// </summary>
internal static class CodeWalk
{
    /// <summary>Rows of the code that are looked through: little beside what computing all matches of two frequent conditions costs.</summary>
    private const int Steps = 2_000;

    /// <summary>Parameters whose values a great part of a type shares: another code leads to a page sooner.</summary>
    private static readonly HashSet<string> Broad = ["active", "category", "class", "clinical-status", "gender", "intent", "priority", "status", "verification-status"];

    /// <summary>The code to walk by; null where there is none, or nothing beside it.</summary>
    public static Criterion.Matches? Of(SearchQuery query)
    {
        if (query.Types.Count != 1 || query.Sort.Count > 0 || query.Criteria.Count < 2 || !query.Criteria.All(criterion => criterion is Criterion.Matches)) return null;
        var codes = query.Criteria.Cast<Criterion.Matches>().Where(IsCode).ToList();
        return codes.Find(code => !Broad.Contains(code.Parameter.Code)) ?? codes.FirstOrDefault();
    }

    /// <param name="with">The WITH clause of the planned statement.</param>
    /// <param name="planned">The page as a statement that the planner orders.</param>
    public static string Page(Criterion.Matches code, SearchQuery query, SqlContext sql, string with, PagePosition? after, string planned)
    {
        var rows = query.Count + 1;
        var later = after is null ? "" : $" and x.rid > {sql.Add(after.Rid)}";
        var found = $"from {sql.Rows(IndexTable.Token)} x where {CriterionSql.Row(code, sql, "x")}{later}";
        var others = query.Criteria.Cast<Criterion.Matches>().Where(criterion => !ReferenceEquals(criterion, code)).Select(criterion => CriterionSql.Probe(criterion, sql, "r"));
        // Ordered within, so that the walk ends when the page is full.
        var walk = $"select r.rid, r.id, r.seq, r.resident, r.type from (select distinct x.rid {found} order by x.rid limit {Steps}) c "
            + $"cross join lateral (select * from fhir.resource f where f.rid = c.rid offset 0) r where {string.Join(" and ", [sql.Visible("r"), .. others])} order by c.rid limit {rows}";
        var isWhole = $"(select count(*) from w) = {rows} or (select count(*) from (select distinct x.rid {found} limit {Steps}) c) < {Steps}";
        return $"{(with.Length == 0 ? "with" : $"{with.TrimEnd()},")} w(rid, id, seq, resident, type) as materialized ({walk}) "
            + $"select * from w where {isWhole} union all select * from ({planned}) s where not ({isWhole})";
    }

    private static bool IsCode(Criterion.Matches matches) =>
        matches is { Negated: false, Parameter.Type: SearchType.Token, Values: [SearchValue.Token { System: not null, Code: not null }] };
}
