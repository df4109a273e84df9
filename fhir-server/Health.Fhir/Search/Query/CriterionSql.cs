namespace Health.Fhir.Search;

/// <summary>
/// Compiles a criterion into a condition on a row of fhir.resource. Chains and _has see only what the caller may see. A hop is a set of resources found by
/// itself, never once more for each candidate: the first hop as a semi-join, which the planner may begin at either end; what lies behind it as a set that is
/// computed once (<see cref="SqlContext.Once"/>), or the steps of a chain would multiply where the planner expects few rows.
/// </summary>
public static class CriterionSql
{
    public static string Compile(Criterion criterion, SqlContext sql, string resource) => Compile(criterion, sql, resource, isBehindHop: false);

    private static string Compile(Criterion criterion, SqlContext sql, string resource, bool isBehindHop) => criterion switch
    {
        Criterion.Ids ids => $"{resource}.id = any({sql.Add(ids.Values.ToArray())})",
        Criterion.Missing missing => Missing(missing, sql, resource),
        Criterion.Matches matches => Matches(matches, sql, resource),
        Criterion.Composite composite => Composite(composite, sql, resource),
        Criterion.Chain chain => Chain(chain, sql, resource, isBehindHop),
        Criterion.Has has => Has(has, sql, resource, isBehindHop),
        Criterion.InCompartment compartment => InCompartment(compartment, sql, resource),
        Criterion.All { Parts.Count: 0 } => "true",
        Criterion.Any { Parts.Count: 0 } => "false",
        Criterion.All all => $"({string.Join(" and ", all.Parts.Select(part => Compile(part, sql, resource, isBehindHop)))})",
        Criterion.Any any => $"({string.Join(" or ", any.Parts.Select(part => Compile(part, sql, resource, isBehindHop)))})",
        Criterion.Not not => $"not ({Compile(not.Inner, sql, resource, isBehindHop)})",
        _ => throw new InvalidOperationException($"Criterion {criterion.GetType().Name} has no compilation."),
    };

    private static string InCompartment(Criterion.InCompartment compartment, SqlContext sql, string resource)
    {
        var (type, id) = (sql.Add(compartment.Centre.Type), sql.Add(compartment.Centre.Id));
        var x = sql.NewAlias("p");
        var keys = string.Join(", ", compartment.Links.Select(link => sql.Key(link.Type, link.Parameter)).Distinct());
        return $"{resource}.rid in (select {x}.rid from fhir.resource {x} where {x}.type = {type} and {x}.id = {id} union all "
            + $"select {x}.rid from {sql.Rows(IndexTable.Reference)} {x} where {x}.key in ({keys}) and {x}.target_type = {type} and {x}.target_id = {id})";
    }

    private static string Missing(Criterion.Missing missing, SqlContext sql, string resource)
    {
        var x = sql.NewAlias("m");
        var table = sql.Rows(IndexTable.Of(missing.Parameter.Type));
        var not = missing.IsMissing ? "not " : "";
        return $"{not}exists (select 1 from {table} {x} where {x}.rid = {resource}.rid and {sql.KeyIs(x, missing.Type, missing.Parameter.Code)})";
    }

    private static string Matches(Criterion.Matches matches, SqlContext sql, string resource) => Matches(matches, sql, resource, sql.Fence);

    /// <summary>The same, looked up for each row that is asked about: the planner can make no join of it.</summary>
    public static string Probe(Criterion.Matches matches, SqlContext sql, string resource) => Matches(matches, sql, resource, " offset 0");

    private static string Matches(Criterion.Matches matches, SqlContext sql, string resource, string fence)
    {
        var x = sql.NewAlias("v");
        var isIdentifier = matches.Parameter.Type == SearchType.Reference && matches.Values[0] is SearchValue.Token;
        var table = sql.Rows(isIdentifier ? IndexTable.Token : IndexTable.Of(matches.Parameter.Type));
        var not = matches.Negated ? "not " : "";
        return $"{not}exists (select 1 from {table} {x} where {x}.rid = {resource}.rid and {Row(matches, sql, x)}{fence})";
    }

    /// <summary>The condition that an index row is one that the criterion asks for.</summary>
    public static string Row(Criterion.Matches matches, SqlContext sql, string row) =>
        $"{sql.KeyIs(row, matches.Type, matches.Parameter.Code)} and ({string.Join(" or ", matches.Values.Select(value => ValueSql.Compile(value, matches.Type, matches.Parameter.Code, sql, row)))})";

    private static string Composite(Criterion.Composite composite, SqlContext sql, string resource) =>
        $"({string.Join(" or ", composite.Values.Select(values => One(composite, values, sql, resource)))})";

    /// <summary>The parts about one element hang on the row of the first of them; the others stand for themselves.</summary>
    private static string One(Criterion.Composite composite, IReadOnlyList<SearchValue> values, SqlContext sql, string resource)
    {
        List<string> alone = [];
        List<(string Alias, string Row)> ofItem = [];
        for (var i = 0; i < values.Count; i++)
        {
            var (part, isOfItem) = composite.Parts[i];
            var x = sql.NewAlias("c");
            var row = $"from {sql.Rows(IndexTable.Of(part.Type))} {x} where {x}.rid = {resource}.rid and {sql.KeyIs(x, composite.Type, part.Code)} "
                + $"and {ValueSql.Compile(values[i], composite.Type, part.Code, sql, x)}";
            if (isOfItem) ofItem.Add((x, row));
            else alone.Add($"exists (select 1 {row})");
        }
        if (ofItem.Count > 0)
        {
            var others = ofItem.Skip(1).Select(other => $" and exists (select 1 {other.Row} and {other.Alias}.item is not distinct from {ofItem[0].Alias}.item)");
            alone.Add($"exists (select 1 {ofItem[0].Row}{string.Concat(others)})");
        }
        return $"({string.Join(" and ", alone)})";
    }

    private static string Chain(Criterion.Chain chain, SqlContext sql, string resource, bool isBehindHop)
    {
        var alternatives = chain.Alternatives.Select(alternative =>
        {
            var (f, t) = (sql.NewAlias("f"), sql.NewAlias("t"));
            return $"select {f}.rid from {sql.Rows(IndexTable.Reference)} {f} join fhir.resource {t} on {t}.type = {f}.target_type and {t}.id = {f}.target_id "
                + $"where {sql.KeyIs(f, chain.Type, chain.Reference.Code)} and {f}.target_type = {sql.Add(alternative.TargetType)} "
                + $"and {sql.VisibleOnTheWay(t, alternative.TargetType)} and {Compile(alternative.Target, sql, t, isBehindHop: true)}";
        });
        return $"{resource}.rid in ({Set(string.Join(" union all ", alternatives), sql, isBehindHop)})";
    }

    private static string Has(Criterion.Has has, SqlContext sql, string resource, bool isBehindHop)
    {
        var (f, s) = (sql.NewAlias("f"), sql.NewAlias("s"));
        var types = has.Type.Split(' ');
        var (of, found) = types.Length == 1 ? ($"{f}.target_type = {sql.Add(has.Type)}", $"{f}.target_id") : ($"{f}.target_type = any({sql.Add(types)})", $"{f}.target_type, {f}.target_id");
        var set = $"select {found} from {sql.Rows(IndexTable.Reference)} {f} join fhir.resource {s} on {s}.rid = {f}.rid "
            + $"where {sql.KeyIs(f, has.SourceType, has.Reference.Code)} and {of} and {sql.VisibleOnTheWay(s, has.SourceType)} and {Compile(has.Source, sql, s, isBehindHop: true)}";
        return $"{(types.Length == 1 ? $"{resource}.id" : $"({resource}.type, {resource}.id)")} in ({Set(set, sql, isBehindHop)})";
    }

    private static string Set(string select, SqlContext sql, bool isBehindHop) => isBehindHop ? $"table {sql.Once(select)}" : select;
}
