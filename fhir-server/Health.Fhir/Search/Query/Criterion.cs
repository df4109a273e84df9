namespace Health.Fhir.Search;

/// <summary>One condition of a query. Criteria of a query are joined by AND; the values of one are joined by OR.</summary>
public abstract record Criterion
{
    private Criterion() { }

    /// <summary>A parameter with values; <paramref name="Negated"/> for <c>:not</c>, which also finds resources without any value.</summary>
    public sealed record Matches(string Type, SearchParameter Parameter, IReadOnlyList<SearchValue> Values, bool Negated = false) : Criterion;

    /// <summary><c>:missing</c></summary>
    public sealed record Missing(string Type, SearchParameter Parameter, bool IsMissing) : Criterion;

    /// <summary><c>_id</c></summary>
    public sealed record Ids(IReadOnlyList<string> Values) : Criterion;

    /// <summary>A chain: the resource refers to one that fulfils <paramref name="Target"/>; one alternative per type the reference may lead to.</summary>
    public sealed record Chain(string Type, SearchParameter Reference, IReadOnlyList<(string TargetType, Criterion Target)> Alternatives) : Criterion;

    /// <summary><c>_has</c>: a resource of <paramref name="SourceType"/> that fulfils <paramref name="Source"/> refers to this one.</summary>
    public sealed record Has(string Type, string SourceType, SearchParameter Reference, Criterion Source) : Criterion;
}

/// <summary>http://hl7.org/fhir/R4/search.html#prefix</summary>
public enum Prefix { Eq, Ne, Gt, Lt, Ge, Le, Sa, Eb, Ap }

/// <summary>One of the values after the equals sign, read by the type of its parameter.</summary>
public abstract record SearchValue
{
    private SearchValue() { }

    /// <param name="System">Null: any system. Empty: no system.</param>
    /// <param name="Code">Null: any code of the system.</param>
    public sealed record Token(string? System, string? Code) : SearchValue;

    /// <param name="Now">Moment of the search, for <see cref="Prefix.Ap"/>.</param>
    public sealed record Date(Prefix Prefix, DateRange Range, DateTime Now) : SearchValue;

    public sealed record Text(string Value, TextMatch Match) : SearchValue;

    public sealed record Reference(IReadOnlyList<ReferenceTarget> Targets) : SearchValue;

    public sealed record Uri(string Value, UriMatch Match) : SearchValue;

    /// <param name="System">Null: any. Empty: none.</param>
    /// <param name="Unit">Null: any unit.</param>
    public sealed record Number(Prefix Prefix, double Exact, NumberRange Implicit, string? System, string? Unit) : SearchValue;
}

public enum TextMatch { StartsWith, Contains, Exact }

public enum UriMatch { Exact, Below, Above, Contains }
