namespace Health.Fhir.Search;

/// <summary>Compiles one searched value into a condition on an index row.</summary>
public static class ValueSql
{
    /// <param name="types">The types the parameter is of, separated by blanks.</param>
    public static string Compile(SearchValue value, string types, string parameter, SqlContext sql, string row) => value switch
    {
        SearchValue.Other other => $"(not {Compile(other.Than, types, parameter, sql, row)})",
        SearchValue.Token token => Token(token, parameter, sql, row),
        SearchValue.TypedIdentifier identifier => TypedIdentifier(identifier, parameter, sql, row),
        SearchValue.Codes codes => Codes(codes, parameter, sql, row),
        SearchValue.Beside beside => Beside(beside, types, parameter, sql, row),
        SearchValue.Near near => NearSql.Compile(near, sql, row),
        SearchValue.Date date => Date(date, sql, row),
        SearchValue.Text text => Text(text, sql, row),
        SearchValue.Reference reference => Reference(reference, sql, row),
        SearchValue.Uri uri => Uri(uri, sql, row),
        SearchValue.Number number => Number(number, sql, row),
        _ => throw new InvalidOperationException($"Value {value.GetType().Name} has no compilation."),
    };

    private static string Token(SearchValue.Token token, string parameter, SqlContext sql, string row)
    {
        List<string> conditions = [];
        if (token.Code is { } code) conditions.Add($"{row}.value = {sql.Add(sql.Blinding.Token(parameter, code))}");
        if (token.System is { } system) conditions.Add($"{row}.system = {sql.Add(sql.Blinding.System(system))}");
        return $"({string.Join(" and ", conditions)})";
    }

    private static string TypedIdentifier(SearchValue.TypedIdentifier identifier, string parameter, SqlContext sql, string row)
    {
        var value = $"{row}.value = {sql.Add(sql.Blinding.TypedIdentifier(parameter, identifier.TypeCode, identifier.Value))}";
        return identifier.TypeSystem is { } system ? $"({value} and {row}.system = {sql.Add(sql.Blinding.System(system))})" : $"({value})";
    }

    private static string Codes(SearchValue.Codes wanted, string parameter, SqlContext sql, string row)
    {
        var codes = sql.CodeSets[wanted];
        var qualified = codes.Where(code => code.System is not null).ToList();
        var alone = codes.Where(code => code.System is null).Select(code => sql.Blinding.Token(parameter, code.Code)).ToArray();
        List<string> conditions = [];
        if (qualified.Count > 0)
        {
            var values = sql.Add(qualified.Select(code => sql.Blinding.Token(parameter, code.Code)).ToArray());
            var systems = sql.Add(qualified.Select(code => sql.Blinding.System(code.System)).ToArray());
            conditions.Add($"({row}.value, {row}.system) in (select * from unnest({values}::uuid[], {systems}::bigint[]))");
        }
        if (alone.Length > 0) conditions.Add($"{row}.value = any({sql.Add(alone)})");
        return conditions.Count == 0 ? "false" : $"({string.Join(" or ", conditions)})";
    }

    /// <summary>The dictionary of texts leads to the codes they stand beside, and those to the rows; the row tells whether it carries that text.</summary>
    private static string Beside(SearchValue.Beside beside, string types, string parameter, SqlContext sql, string row)
    {
        var t = sql.NewAlias("w");
        var prefix = sql.Add(sql.Blinding.Text(SearchTerm.Fold(beside.Beginning)));
        return $"(({row}.value, {row}.text) in (select {t}.value, {t}.text from fhir.search_term {t} where {sql.KeyIs(t, types, parameter)} and {t}.prefix = {prefix}))";
    }

    /// <summary>The table of http://hl7.org/fhir/R4/search.html#prefix, over [low, high) of the resource and of the searched value.</summary>
    private static string Date(SearchValue.Date date, SqlContext sql, string row)
    {
        var range = date.Prefix == Prefix.Ap ? Approximate(date.Range, date.Now) : date.Range;
        string Low() => $"{sql.Add(range.Low)}::timestamptz";
        string High() => $"{sql.Add(range.High)}::timestamptz";
        // high <= High implies low <= High: said too, because the index begins with low.
        string Within() => $"{row}.low >= {Low()} and {row}.low <= {High()} and {row}.high <= {High()}";
        return date.Prefix switch
        {
            Prefix.Eq => $"({Within()})",
            Prefix.Ne => $"(not ({Within()}))",
            Prefix.Gt => $"({row}.high > {High()})",
            Prefix.Lt => $"({row}.low < {Low()})",
            Prefix.Ge => $"({row}.high > {High()} or ({Within()}))",
            Prefix.Le => $"({row}.low < {Low()} or ({Within()}))",
            Prefix.Sa => $"({row}.low >= {High()})",
            Prefix.Eb => $"({row}.high <= {Low()})",
            _ => $"({row}.low < {High()} and {row}.high > {Low()})",
        };
    }

    /// <summary>About: a tenth of the distance to now on either side.</summary>
    private static DateRange Approximate(DateRange range, DateTime now)
    {
        if (range.Low == DateRange.OpenLow || range.High == DateRange.OpenHigh) return range;
        var slack = (now - range.Low).Duration() / 10;
        return new DateRange(
            range.Low - DateTime.MinValue > slack ? range.Low - slack : DateRange.OpenLow,
            DateTime.MaxValue - range.High > slack ? range.High + slack : DateRange.OpenHigh);
    }

    private static string Text(SearchValue.Text text, SqlContext sql, string row)
    {
        var indexed = Limits.Indexed(text.Value);
        var wanted = text.Match == TextMatch.Exact ? indexed : StringFolding.Fold(indexed);
        return text.Match switch
        {
            TextMatch.Exact => $"({row}.value = {sql.Add(StringFolding.Fold(wanted))} and {row}.original = {sql.Add(wanted)})",
            TextMatch.Contains => $"({row}.value like {sql.Add($"%{Like(wanted)}%")})",
            TextMatch.Whole => $"({row}.value = {sql.Add(wanted)})",
            TextMatch.EndsWith => $"({row}.value like {sql.Add($"%{Like(wanted)}")})",
            _ => StartsWith("value", wanted, sql, row),
        };
    }

    /// <summary>As a range of the byte-ordered column, which every plan can take from the index.</summary>
    private static string StartsWith(string column, string beginning, SqlContext sql, string row) =>
        $"({row}.{column} >= {sql.Add(beginning)} and {row}.{column} < {sql.Add(beginning + "\U0010FFFF")})";

    private static string Like(string text) => text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("%", "\\%", StringComparison.Ordinal).Replace("_", "\\_", StringComparison.Ordinal);

    private static string Reference(SearchValue.Reference reference, SqlContext sql, string row)
    {
        var targets = reference.Targets.Select(target =>
        {
            var id = target.IsLocal ? target.Id : sql.Blinding.Url(target.Id);
            return $"({row}.target_id = {sql.Add(id)} and {row}.target_type = {sql.Add(target.Type)})";
        });
        return $"({string.Join(" or ", targets)})";
    }

    private static string Uri(SearchValue.Uri uri, SqlContext sql, string row) => uri.Match switch
    {
        UriMatch.Exact => $"({row}.value = {sql.Add(Limits.Indexed(uri.Value))})",
        UriMatch.Below => $"({row}.value = {sql.Add(uri.Value)} or {StartsWith("value", uri.Value.TrimEnd('/') + "/", sql, row)})",
        UriMatch.Above => $"({row}.value = any({sql.Add(Ancestors(uri.Value))}))",
        _ => $"({row}.value like {sql.Add($"%{Like(uri.Value)}%")})",
    };

    private static string[] Ancestors(string uri)
    {
        List<string> all = [uri];
        var scheme = uri.IndexOf("://", StringComparison.Ordinal);
        for (var slash = uri.LastIndexOf('/'); slash > scheme + 2; slash = slash == 0 ? -1 : uri.LastIndexOf('/', slash - 1)) all.Add(uri[..slash]);
        return [.. all];
    }

    private static string Number(SearchValue.Number number, SqlContext sql, string row)
    {
        if (number.Unit is { } unit && CanonicalUnits.Of(number.System, unit) is { } canonical)
        {
            var comparison = Compare(number.Prefix, canonical.Convert(number.Exact), canonical.Convert(number.Implicit), sql, row);
            return $"({comparison} and {row}.system = {CanonicalUnits.System} and {row}.unit = {sql.Add(sql.Blinding.Unit(canonical.Unit))})";
        }
        List<string> conditions = [Compare(number.Prefix, number.Exact, number.Implicit, sql, row)];
        // A quantity has a row per way to write its unit; the canonical one speaks other numbers.
        if (number.Unit is null) conditions.Add($"{row}.system <> {CanonicalUnits.System}");
        if (number.System is { Length: > 0 } system) conditions.Add($"{row}.system = {sql.Add(sql.Blinding.System(system))}");
        if (number.Unit is { } code) conditions.Add($"{row}.unit = {sql.Add(sql.Blinding.Unit(code))} and {row}.system <> {CanonicalUnits.System}");
        return $"({string.Join(" and ", conditions)})";
    }

    private static string Compare(Prefix prefix, double exact, NumberRange range, SqlContext sql, string row)
    {
        string Value(double v) => $"{sql.Add(v)}::double precision";
        var slack = Math.Abs(exact) / 10;
        return prefix switch
        {
            Prefix.Eq => $"{row}.low >= {Value(range.Low)} and {row}.high < {Value(range.High)}",
            Prefix.Ne => $"not ({row}.low >= {Value(range.Low)} and {row}.high < {Value(range.High)})",
            Prefix.Gt => $"{row}.high > {Value(exact)}",
            Prefix.Lt => $"{row}.low < {Value(exact)}",
            Prefix.Ge => $"{row}.high >= {Value(exact)}",
            Prefix.Le => $"{row}.low <= {Value(exact)}",
            Prefix.Sa => $"{row}.low > {Value(exact)}",
            Prefix.Eb => $"{row}.high < {Value(exact)}",
            _ => $"{row}.low <= {Value(Math.Max(exact + slack, range.High))} and {row}.high >= {Value(Math.Min(exact - slack, range.Low))}",
        };
    }
}
