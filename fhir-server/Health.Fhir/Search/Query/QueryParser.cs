using Health.Contracts;

namespace Health.Fhir.Search;

/// <summary>
/// Reads a query string. Strictly: everything in it is understood or refused. Leniently (<c>Prefer: handling=lenient</c>): a parameter that there is not is passed
/// over and named; a value that cannot be read is refused all the same.
/// </summary>
public sealed class QueryParser(Extractor extractor, CriterionParser criteria, Rebuild.IndexFormat format)
{
    private static readonly HashSet<string> OfTheDoor = ["_format", "_pretty"];
    private readonly FilterParser filters = new(criteria, extractor);
    private readonly IncludeParser includes = new(extractor);

    public Refusal? TryRead(string type, string query, out SearchQuery search) => TryRead(type, query, isLenient: false, out search);

    /// <param name="type">The resource type, or several separated by blanks.</param>
    public Refusal? TryRead(string type, string query, bool isLenient, out SearchQuery search)
    {
        search = new SearchQuery(type, []);
        if (format.Refusal is { } old) return old;
        if (query.Length > Limits.QueryCharacters) return Refusal.TooCostly($"A query has at most {Limits.QueryCharacters} characters.");
        foreach (var one in search.Types)
            if (!FhirDefinitions.R4.ResourceTypes.Contains(one)) return Refusal.NotFound($"{one} is not a resource type of FHIR R4.");
        List<Criterion> read = [];
        List<Include> along = [];
        List<Refusal> ignored = [];
        List<string> understood = [];
        HashSet<string> controls = [];
        foreach (var part in query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var (name, value) = QueryText.Pair(part);
            if (name.Contains('\0') || value.Contains('\0')) return Refusal.Invalid("A query holds no NUL character.");
            if (understood.Count + ignored.Count == Limits.Parameters) return Refusal.TooCostly($"A query has at most {Limits.Parameters} parameters.");
            var refusal = name.Split(':')[0] switch
            {
                "_include" or "_revinclude" => includes.TryRead(name, value, along),
                "_filter" => TryFilter(type, name, value, read),
                "_sort" or "_count" or "_total" or "_summary" or "_elements" or "_asOf" or "_page" or "_contained" or "_containedType" =>
                    controls.Add(name) ? TryControl(name, value, ref search) : Refusal.Invalid($"{name} is given once, not twice.", name),
                // The types of a search over types; in one of a single type it can only say the same.
                "_type" when value.Split(',').ToHashSet().SetEquals(search.Types) => null,
                var other when OfTheDoor.Contains(other) => null,
                _ => TryCriterion(type, name, value, read),
            };
            if (refusal is null) understood.Add(part);
            else if (isLenient && refusal.Code == "not-supported") ignored.Add(refusal);
            else return refusal;
        }
        search = search with { Criteria = read, Includes = along, Ignored = ignored, Understood = string.Join('&', understood) };
        return null;
    }

    private Refusal? TryCriterion(string type, string name, string value, List<Criterion> read)
    {
        if (criteria.TryRead(type, name, value, out var criterion) is { } refusal) return refusal;
        read.Add(criterion);
        return null;
    }

    private Refusal? TryFilter(string type, string name, string value, List<Criterion> read)
    {
        if (name != "_filter") return Refusal.NotSupported("_filter takes no modifier.", "_filter");
        if (filters.TryRead(type, value, out var criterion) is { } refusal) return refusal;
        read.Add(criterion);
        return null;
    }

    private Refusal? TryControl(string name, string value, ref SearchQuery search)
    {
        switch (name)
        {
            case "_count":
                if (!int.TryParse(value, out var count) || count < 0) return Refusal.Invalid($"_count is a number from 0, not '{value}'.", name);
                search = search with { Count = Math.Min(count, Limits.MaxCount), IsCountOnly = search.IsCountOnly || count == 0 };
                return null;
            case "_total":
                search = search with { Total = value is "accurate" or "estimate" ? TotalMode.Accurate : TotalMode.None };
                return value is "none" or "accurate" or "estimate" ? null : Refusal.Invalid($"_total is none, estimate or accurate, not '{value}'.", name);
            case "_summary":
                search = search with { IsCountOnly = search.IsCountOnly || value == "count", Summary = value switch { "true" => SummaryMode.True, "text" => SummaryMode.Text, "data" => SummaryMode.Data, _ => SummaryMode.None } };
                return value is "true" or "text" or "data" or "count" or "false" ? null : Refusal.Invalid($"_summary is true, text, data, count or false, not '{value}'.", name);
            case "_elements":
                return TryElements(value, ref search);
            case "_asOf":
                search = search with { AsOf = value };
                return value.Length > 0 ? null : Refusal.Invalid("_asOf is a sequence of the log or an instant.", name);
            case "_page":
                search = search with { Page = value };
                return null;
            case "_contained":
                if (value is not ("false" or "true" or "both")) return Refusal.Invalid($"_contained is false, true or both, not '{value}'.", name);
                return value == "false" ? null : Refusal.NotSupported("Contained resources are not indexed here; _contained can only be false.", name);
            case "_containedType":
                return value is "container" or "contained" ? null : Refusal.Invalid($"_containedType is container or contained, not '{value}'.", name);
            case "_sort":
                return TrySort(value, ref search);
            default:
                return Refusal.NotSupported($"{name} takes no modifier.", name);
        }
    }

    private static Refusal? TryElements(string value, ref SearchQuery search)
    {
        var elements = value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        search = search with { Elements = elements };
        if (elements.Length == 0) return Refusal.Invalid("_elements names elements separated by commas.", "_elements");
        foreach (var element in elements)
        {
            // The elements of a Patient may be asked for with an Observation that includes it: known is what any type of the search has.
            if (search.Types.All(type => FhirDefinitions.R4.TypesOf(type, element).Count == 0))
                return Refusal.Invalid($"'{element}' is no top-level element of {search.Type}{CriterionParser.DidYouMean(element, FhirDefinitions.R4.ElementsOf(search.Types[0]))}.", "_elements");
        }
        return null;
    }

    private Refusal? TrySort(string value, ref SearchQuery search)
    {
        List<SortKey> keys = [];
        foreach (var part in value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var code = part.TrimStart('-');
            if (code is "_id" or "_lastUpdated") keys.Add(new SortKey(code, null, part[0] == '-'));
            else
            {
                SearchParameter? found = null;
                foreach (var type in search.Types)
                {
                    if (!extractor.TryFind(type, code, out var parameter, out var unknown)) return unknown! with { Expression = "_sort" };
                    found ??= parameter;
                    if (found.Type != parameter.Type) return Refusal.NotSupported($"'{code}' is of different kinds on the types of this search, so it gives no order.", "_sort");
                }
                if (found!.Type is SearchType.Composite or SearchType.Special || code is "_text" or "_content")
                    return Refusal.NotSupported($"'{code}' has no order: sort by a parameter with one value.", "_sort");
                keys.Add(new SortKey(code, found, part[0] == '-'));
            }
        }
        search = search with { Sort = keys };
        return keys.Count is 0 or > 4 ? Refusal.Invalid("_sort names one to four parameters.", "_sort") : null;
    }
}
