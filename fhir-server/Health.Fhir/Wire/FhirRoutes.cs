using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Template;

namespace Health.Fhir.Wire;

/// <summary>The interactions that were mapped: by their FHIR codes, what the CapabilityStatement says; by their addresses, what Allow says.</summary>
public sealed class FhirRoutes
{
    private readonly List<string> names = [];
    private readonly List<Address> addresses = [];
    private readonly HashSet<(string? Type, string Name)> operations = [];

    private sealed record Address(string Name, TemplateMatcher Matcher, string[] Methods, FhirDoor.Interaction Interaction, int Parameters, int Segments, bool IsOperation);

    public IReadOnlyList<string> Names => names;

    /// <param name="name">FHIR code of the interaction; of an operation its name with the dollar sign.</param>
    /// <param name="pattern">Route; of an operation it tells at which level it is offered.</param>
    public void Add(string name, string pattern, string[] methods, FhirDoor.Interaction interaction)
    {
        if (name == "not-mapped") return;
        var template = TemplateParser.Parse(pattern.TrimStart('/'));
        addresses.Add(new Address(name, new TemplateMatcher(template, []), methods, interaction, template.Parameters.Count, template.Segments.Count, pattern.Contains('$')));
        // What an operation's answer leads to is no interaction of its own.
        if (name.StartsWith("bulk-", StringComparison.Ordinal)) return;
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
        foreach (var address in addresses)
            if (TryMatch(address, path, out _)) allowed.UnionWith(address.Methods);
        if (allowed.Count > 0) allowed.Add("OPTIONS");
        return [.. allowed];
    }

    /// <summary>Operations of a type or its instances, without the dollar sign; null for those of the whole system.</summary>
    public IEnumerable<string> OperationsOf(string? type) =>
        operations.Where(operation => operation.Type == type || (type is not null && operation.Type == "{type}"))
            .Where(operation => !ResourceTypes.IsReadOnly(type) || operation.Name is not ("$meta-add" or "$meta-delete")).Select(operation => operation.Name[1..]).Distinct().Order(StringComparer.Ordinal);

    /// <summary>The interaction at an address, as a bundle's entry names it; of several the one with the fewest parameters, as routing has it.</summary>
    public (FhirDoor.Interaction Interaction, RouteValueDictionary Values)? Find(string method, string path)
    {
        (Address Address, RouteValueDictionary Values)? best = null;
        foreach (var address in addresses)
            if (address.Methods.Contains(method) && (best is null || address.Parameters < best.Value.Address.Parameters) && TryMatch(address, path, out var values)) best = (address, values);
        return best is null ? null : (best.Value.Address.Interaction, best.Value.Values);
    }

    private static bool TryMatch(Address address, string path, out RouteValueDictionary values)
    {
        values = [];
        // A transaction asks for thousands of addresses: most patterns are told apart by their length.
        if (address.Segments != (path.Length == 0 ? 0 : path.AsSpan().Count('/') + 1) || address.IsOperation != path.Contains('$')) return false;
        return address.Matcher.TryMatch("/" + path, values)
            && (!values.TryGetValue("type", out var type) || ResourceTypes.IsKnown((string)type!))
            && (!values.TryGetValue("inner", out var inner) || ResourceTypes.IsKnown((string)inner!) || (string)inner! == "*")
            && (!values.TryGetValue("id", out var id) || ResourceTypes.IsLogicalId((string)id!))
            && (!values.TryGetValue("vid", out var version) || FhirHeaders.Version((string)version!) is not null);
    }
}

/// <summary>What search tells the CapabilityStatement: parameters of a type as (name, type, canonical), and of one that is being indexed how far it is.</summary>
public sealed record SearchCapability(Func<string, IEnumerable<(string Name, string Type, string? Definition, string? Indexing)>> ParametersOf)
{
    /// <summary>Extension of a searchParam: "done of all" resources. Queries by the parameter are refused while it is there.</summary>
    public const string IndexingExtension = "urn:health:extension:search-parameter-indexing";
}
