namespace Health.Fhir.Wire;

/// <summary>The interactions that were mapped, by their FHIR codes: what the CapabilityStatement says.</summary>
public sealed class FhirRoutes
{
    private readonly List<string> names = [];
    private readonly HashSet<(string? Type, string Name)> operations = [];

    public IReadOnlyList<string> Names => names;

    /// <param name="pattern">Route; of an operation it tells at which level it is offered.</param>
    public void Add(string name, string pattern = "")
    {
        if (name.StartsWith('$'))
        {
            var first = pattern.Split('/', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault() ?? "";
            operations.Add((first.StartsWith('$') ? null : first, name));
            return;
        }

        // What an operation's answer leads to is no interaction of its own.
        if (name.StartsWith("bulk-", StringComparison.Ordinal)) return;
        if (name != "not-mapped" && !names.Contains(name)) names.Add(name);
        // One address takes both kinds of bundle.
        if (name == "transaction" && !names.Contains("batch")) names.Add("batch");
    }

    /// <summary>Operations of a type or its instances, without the dollar sign; null for those of the whole system.</summary>
    public IEnumerable<string> OperationsOf(string? type) =>
        operations.Where(operation => operation.Type == type || (type is not null && operation.Type == "{type}")).Select(operation => operation.Name[1..]).Distinct().Order(StringComparer.Ordinal);
}

/// <summary>What search tells the CapabilityStatement: parameters of a type as (name, type, canonical).</summary>
public sealed record SearchCapability(Func<string, IEnumerable<(string Name, string Type, string? Definition)>> ParametersOf);
