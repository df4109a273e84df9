namespace Health.Fhir.Search;

/// <summary>
/// One condition of a query. Criteria of a query are joined by AND; the values of one are joined by OR. A <c>Type</c> is the resource type, or several separated
/// by blanks in a search over types.
/// </summary>
public abstract record Criterion
{
    private Criterion() { }

    /// <summary>A parameter with values; <paramref name="Negated"/> for <c>:not</c> and <c>:not-in</c>, which also find resources without any value.</summary>
    public sealed record Matches(string Type, SearchParameter Parameter, IReadOnlyList<SearchValue> Values, bool Negated = false) : Criterion;

    /// <summary>A composite parameter: of each alternative every part matches, and where it is about an element they match in one and the same.</summary>
    public sealed record Composite(string Type, IReadOnlyList<CompositePart> Parts, IReadOnlyList<IReadOnlyList<SearchValue>> Values) : Criterion;

    /// <summary><c>:missing</c></summary>
    public sealed record Missing(string Type, SearchParameter Parameter, bool IsMissing) : Criterion;

    /// <summary><c>_id</c></summary>
    public sealed record Ids(IReadOnlyList<string> Values) : Criterion;

    /// <summary>A chain: the resource refers to one that fulfils <paramref name="Target"/>; one alternative per type the reference may lead to.</summary>
    public sealed record Chain(string Type, SearchParameter Reference, IReadOnlyList<(string TargetType, Criterion Target)> Alternatives) : Criterion;

    /// <summary><c>_has</c>: a resource of <paramref name="SourceType"/> that fulfils <paramref name="Source"/> refers to this one.</summary>
    public sealed record Has(string Type, string SourceType, SearchParameter Reference, Criterion Source) : Criterion;

    /// <summary>The resource is in a compartment: it is the centre itself, or refers to it by one of these parameters of its type.</summary>
    public sealed record InCompartment(ReferenceTarget Centre, IReadOnlyList<(string Type, string Parameter)> Links) : Criterion;

    public sealed record All(IReadOnlyList<Criterion> Parts) : Criterion;

    public sealed record Any(IReadOnlyList<Criterion> Parts) : Criterion;

    public sealed record Not(Criterion Inner) : Criterion;

    /// <summary>This criterion and all inside it.</summary>
    public IEnumerable<Criterion> Tree()
    {
        IEnumerable<Criterion> inner = this switch
        {
            Chain chain => chain.Alternatives.Select(alternative => alternative.Target),
            Has has => [has.Source],
            All all => all.Parts,
            Any any => any.Parts,
            Not not => [not.Inner],
            _ => [],
        };
        return inner.SelectMany(criterion => criterion.Tree()).Prepend(this);
    }

    /// <summary>The searched values of this criterion itself.</summary>
    public IEnumerable<SearchValue> OwnValues => this switch
    {
        Matches matches => matches.Values,
        Composite composite => composite.Values.SelectMany(values => values),
        _ => [],
    };
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

    /// <summary><c>:of-type</c></summary>
    /// <param name="TypeSystem">Null: any system. Empty: no system.</param>
    public sealed record TypedIdentifier(string? TypeSystem, string TypeCode, string Value) : SearchValue;

    /// <summary><c>:text</c>: what stands beside the code begins with this.</summary>
    public sealed record Beside(string Beginning) : SearchValue;

    /// <summary><c>:in</c>, <c>:above</c>, <c>:below</c>: codes that the terminology names when the search runs (<see cref="CodeSetSource"/>).</summary>
    /// <param name="Named">A value set, or system|code.</param>
    public sealed record Codes(CodeSetKind Kind, string Named) : SearchValue;

    /// <param name="Now">Moment of the search, for <see cref="Prefix.Ap"/>.</param>
    public sealed record Date(Prefix Prefix, DateRange Range, DateTime Now) : SearchValue;

    public sealed record Text(string Value, TextMatch Match) : SearchValue;

    public sealed record Reference(IReadOnlyList<ReferenceTarget> Targets) : SearchValue;

    public sealed record Uri(string Value, UriMatch Match) : SearchValue;

    /// <param name="System">Null: any. Empty: none.</param>
    /// <param name="Unit">Null: any unit.</param>
    public sealed record Number(Prefix Prefix, double Exact, NumberRange Implicit, string? System, string? Unit) : SearchValue;

    /// <summary><c>near</c></summary>
    /// <param name="Metres">Great-circle distance.</param>
    public sealed record Near(double Latitude, double Longitude, double Metres) : SearchValue;

    /// <summary>A value of the resource that is not this one (<c>ne</c> of _filter).</summary>
    public sealed record Other(SearchValue Than) : SearchValue;
}

/// <summary>Whole: equal when folded. Exact: equal letter by letter.</summary>
public enum TextMatch { StartsWith, Contains, EndsWith, Whole, Exact }

public enum UriMatch { Exact, Below, Above, Contains }

public enum CodeSetKind { In, Above, Below }
