namespace Health.Fhir.Search;

/// <summary>Compiles a criterion into a condition on a row of fhir.resource. Chains and _has see only what the caller may see.</summary>
public static class CriterionSql
{
    public static string Compile(Criterion criterion, SqlContext sql, string resource) => criterion switch
    {
        Criterion.Ids ids => $"{resource}.id = any({sql.Add(ids.Values.ToArray())})",
        Criterion.Missing missing => Missing(missing, sql, resource),
        Criterion.Matches matches => Matches(matches, sql, resource),
        Criterion.Chain chain => Chain(chain, sql, resource),
        Criterion.Has has => Has(has, sql, resource),
        _ => throw new InvalidOperationException($"Criterion {criterion.GetType().Name} has no compilation."),
    };

    private static string Missing(Criterion.Missing missing, SqlContext sql, string resource)
    {
        var x = sql.NewAlias("m");
        var table = sql.Rows(IndexTable.Of(missing.Parameter.Type));
        var not = missing.IsMissing ? "not " : "";
        return $"{not}exists (select 1 from {table} {x} where {x}.rid = {resource}.rid and {x}.key = {sql.Key(missing.Type, missing.Parameter.Code)})";
    }

    private static string Matches(Criterion.Matches matches, SqlContext sql, string resource)
    {
        var x = sql.NewAlias("v");
        var isIdentifier = matches.Parameter.Type == SearchType.Reference && matches.Values[0] is SearchValue.Token;
        var table = sql.Rows(isIdentifier ? IndexTable.Token : IndexTable.Of(matches.Parameter.Type));
        var values = string.Join(" or ", matches.Values.Select(value => ValueSql.Compile(value, matches.Parameter.Code, sql, x)));
        var not = matches.Negated ? "not " : "";
        return $"{not}exists (select 1 from {table} {x} where {x}.rid = {resource}.rid and {x}.key = {sql.Key(matches.Type, matches.Parameter.Code)} and ({values}))";
    }

    private static string Chain(Criterion.Chain chain, SqlContext sql, string resource)
    {
        var alternatives = chain.Alternatives.Select(alternative =>
        {
            var (f, t) = (sql.NewAlias("f"), sql.NewAlias("t"));
            return $"exists (select 1 from {sql.Rows(IndexTable.Reference)} {f} join fhir.resource {t} on {t}.type = {f}.target_type and {t}.id = {f}.target_id "
                + $"where {f}.rid = {resource}.rid and {f}.key = {sql.Key(chain.Type, chain.Reference.Code)} and {f}.target_type = {sql.Add(alternative.TargetType)} "
                + $"and {sql.Visible(t)} and {Compile(alternative.Target, sql, t)})";
        });
        return $"({string.Join(" or ", alternatives)})";
    }

    private static string Has(Criterion.Has has, SqlContext sql, string resource)
    {
        var (f, s) = (sql.NewAlias("f"), sql.NewAlias("s"));
        return $"exists (select 1 from {sql.Rows(IndexTable.Reference)} {f} join fhir.resource {s} on {s}.rid = {f}.rid "
            + $"where {f}.key = {sql.Key(has.SourceType, has.Reference.Code)} and {f}.target_type = {sql.Add(has.Type)} and {f}.target_id = {resource}.id "
            + $"and {sql.Visible(s)} and {Compile(has.Source, sql, s)})";
    }
}
