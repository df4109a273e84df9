using Health.Contracts;

namespace Health.Fhir.Search;

/// <summary>Reads a query string strictly: everything in it is understood or refused.</summary>
public sealed class QueryParser(Extractor extractor, CriterionParser criteria)
{
    private static readonly HashSet<string> OfTheDoor = ["_format", "_pretty"];

    public Refusal? TryRead(string type, string query, out SearchQuery search)
    {
        search = new SearchQuery(type, []);
        if (query.Length > Limits.QueryCharacters) return Refusal.TooCostly($"A query has at most {Limits.QueryCharacters} characters.");
        if (!FhirDefinitions.R4.ResourceTypes.Contains(type)) return Refusal.NotFound($"{type} is not a resource type of FHIR R4.");
        List<Criterion> read = [];
        List<Include> includes = [];
        var count = 0;
        foreach (var (name, value) in QueryText.Pairs(query))
        {
            if (name.Contains('\0') || value.Contains('\0')) return Refusal.Invalid("A query holds no NUL character.");
            if (++count > Limits.Parameters) return Refusal.TooCostly($"A query has at most {Limits.Parameters} parameters.");
            var refusal = name.Split(':')[0] switch
            {
                "_include" or "_revinclude" => TryInclude(name, value, includes),
                "_sort" or "_count" or "_total" or "_summary" or "_elements" or "_asOf" or "_page" => TryControl(name, value, ref search),
                var other when OfTheDoor.Contains(other) => null,
                _ => TryCriterion(type, name, value, read),
            };
            if (refusal is not null) return refusal;
        }
        search = search with { Criteria = read, Includes = includes };
        return null;
    }

    private Refusal? TryCriterion(string type, string name, string value, List<Criterion> read)
    {
        if (criteria.TryRead(type, name, value, out var criterion) is { } refusal) return refusal;
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
                search = search with { IsCountOnly = search.IsCountOnly || value == "count" };
                return value is "count" or "false" ? null : Refusal.NotSupported($"_summary={value} is not supported; supported: count, false. Use _elements.", name);
            case "_elements":
                search = search with { Elements = value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) };
                return null;
            case "_asOf":
                search = search with { AsOf = value };
                return value.Length > 0 ? null : Refusal.Invalid("_asOf is a sequence of the log or an instant.", name);
            case "_page":
                search = search with { Page = value };
                return null;
            case "_sort":
                return TrySort(value, ref search);
            default:
                return Refusal.NotSupported($"{name} takes no modifier.", name);
        }
    }

    private Refusal? TrySort(string value, ref SearchQuery search)
    {
        List<SortKey> keys = [];
        foreach (var part in value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var code = part.TrimStart('-');
            if (code is "_id" or "_lastUpdated") keys.Add(new SortKey(code, null, part[0] == '-'));
            else if (!extractor.TryFind(search.Type, code, out var parameter, out var unknown)) return unknown! with { Expression = "_sort" };
            else if (parameter.Type is SearchType.Token)
                return Refusal.NotSupported($"{search.Type} cannot be sorted by the token '{code}': codes are stored blinded and have no order.", "_sort");
            else keys.Add(new SortKey(code, parameter, part[0] == '-'));
        }
        search = search with { Sort = keys };
        return keys.Count is 0 or > 4 ? Refusal.Invalid("_sort names one to four parameters.", "_sort") : null;
    }

    private Refusal? TryInclude(string name, string value, List<Include> includes)
    {
        var iterate = name.Contains(':');
        if (iterate && name.Split(':', 2)[1] is not ("iterate" or "recurse")) return Refusal.NotSupported($"{name} is not supported; supported: :iterate.", name);
        var parts = value.Split(':');
        if (parts.Length is < 2 or > 3 || !FhirDefinitions.R4.ResourceTypes.Contains(parts[0]))
            return Refusal.Invalid($"{name} is written Type:parameter or Type:parameter:Target, not '{value}'.", name);
        var target = parts.Length == 3 ? parts[2] : null;
        if (target is not null && !FhirDefinitions.R4.ResourceTypes.Contains(target)) return Refusal.Invalid($"{target} is not a resource type.", name);
        if (parts[1] != "*")
        {
            if (!FhirDefinitions.R4.ParametersOf(parts[0]).TryGetValue(parts[1], out var parameter) || parameter.Type != SearchType.Reference || !extractor.Supports(parts[0], parts[1]))
                return Refusal.NotSupported($"{parts[1]} is no reference parameter of {parts[0]}.", name);
        }
        includes.Add(new Include(parts[0], parts[1], target, name.StartsWith("_rev", StringComparison.Ordinal), iterate));
        return null;
    }
}
