namespace Health.Fhir.Wire;

/// <summary>The interactions that were mapped, by their FHIR codes: what the CapabilityStatement says.</summary>
public sealed class FhirRoutes
{
    private readonly List<string> names = [];

    public IReadOnlyList<string> Names => names;

    public void Add(string name)
    {
        // R4 has no code for a search within a compartment: it is a search of the type.
        if (name is not ("not-mapped" or "search-compartment") && !names.Contains(name)) names.Add(name);
        // One address takes both kinds of bundle.
        if (name == "transaction" && !names.Contains("batch")) names.Add("batch");
    }
}

/// <summary>What search tells the CapabilityStatement: parameters of a type as (name, type, canonical).</summary>
public sealed record SearchCapability(Func<string, IEnumerable<(string Name, string Type, string? Definition)>> ParametersOf);
