using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Template;

namespace Health.Fhir.Wire;

/// <summary>The interactions that were mapped: by their FHIR codes, what the CapabilityStatement says; by their addresses, what Allow says.</summary>
public sealed class FhirRoutes
{
    private readonly List<string> names = [];
    private readonly List<(TemplateMatcher Matcher, string[] Methods)> addresses = [];
    private readonly HashSet<(string? Type, string Name)> operations = [];

    public IReadOnlyList<string> Names => names;

    /// <param name="pattern">Route; of an operation it tells at which level it is offered.</param>
    public void Add(string name, string pattern, string[] methods)
    {
        if (name == "not-mapped") return;
        addresses.Add((new TemplateMatcher(TemplateParser.Parse(pattern.TrimStart('/')), []), methods));
        if (name.StartsWith('$'))
        {
            var first = pattern.Split('/', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault() ?? "";
            operations.Add((first.StartsWith('$') ? null : first, name));
            return;
        }

        // R4 has no code for a search within a compartment: it is a search of the type.
        if (name != "search-compartment" && !names.Contains(name)) names.Add(name);
        // One address takes both kinds of bundle.
        if (name == "transaction" && !names.Contains("batch")) names.Add("batch");
    }

    /// <summary>The methods an address under the base is mapped for; none when there is nothing at it.</summary>
    public IReadOnlyList<string> MethodsOf(string path)
    {
        var allowed = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var (matcher, methods) in addresses)
        {
            var values = new RouteValueDictionary();
            if (!matcher.TryMatch("/" + path, values)) continue;
            if (values.TryGetValue("type", out var type) && !ResourceTypes.IsKnown((string)type!)) continue;
            if (values.TryGetValue("id", out var id) && !ResourceTypes.IsLogicalId((string)id!)) continue;
            if (values.TryGetValue("inner", out var inner) && !ResourceTypes.IsKnown((string)inner!) && (string)inner! != "*") continue;
            allowed.UnionWith(methods);
        }

        if (allowed.Count > 0) allowed.Add("OPTIONS");
        return [.. allowed];
    }

    /// <summary>Operations of a type or its instances, without the dollar sign; null for those of the whole system.</summary>
    public IEnumerable<string> OperationsOf(string? type) =>
        operations.Where(operation => operation.Type == type || (type is not null && operation.Type == "{type}")).Select(operation => operation.Name[1..]).Distinct().Order(StringComparer.Ordinal);
}

/// <summary>What search tells the CapabilityStatement: parameters of a type as (name, type, canonical), and of one that is being indexed how far it is.</summary>
public sealed record SearchCapability(Func<string, IEnumerable<(string Name, string Type, string? Definition, string? Indexing)>> ParametersOf)
{
    /// <summary>Extension of a searchParam: "done of all" resources. Queries by the parameter are refused while it is there.</summary>
    public const string IndexingExtension = "urn:health:extension:search-parameter-indexing";
}
