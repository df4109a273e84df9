using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Template;

namespace Health.Fhir.Wire;

/// <summary>The interactions that were mapped: by their FHIR codes, what the CapabilityStatement says; by their addresses, what Allow says.</summary>
public sealed class FhirRoutes
{
    private readonly List<string> names = [];
    private readonly List<Address> addresses = [];

    private sealed record Address(string Name, TemplateMatcher Matcher, string[] Methods, FhirDoor.Interaction Interaction, int Parameters);

    public IReadOnlyList<string> Names => names;

    public void Add(string name, string pattern, string[] methods, FhirDoor.Interaction interaction)
    {
        if (name == "not-mapped") return;
        if (!names.Contains(name)) names.Add(name);
        // One address takes both kinds of bundle.
        if (name == "transaction" && !names.Contains("batch")) names.Add("batch");
        var template = TemplateParser.Parse(pattern.TrimStart('/'));
        addresses.Add(new Address(name, new TemplateMatcher(template, []), methods, interaction, template.Parameters.Count));
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
        return address.Matcher.TryMatch("/" + path, values)
            && (!values.TryGetValue("type", out var type) || ResourceTypes.IsKnown((string)type!))
            && (!values.TryGetValue("id", out var id) || ResourceTypes.IsLogicalId((string)id!))
            && (!values.TryGetValue("vid", out var version) || FhirHeaders.Version((string)version!) is not null);
    }
}

/// <summary>What search tells the CapabilityStatement: parameters of a type as (name, type, canonical).</summary>
public sealed record SearchCapability(Func<string, IEnumerable<(string Name, string Type, string? Definition)>> ParametersOf);
