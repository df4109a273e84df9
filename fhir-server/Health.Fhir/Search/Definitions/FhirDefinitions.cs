using System.Collections.Frozen;
using System.Text.Json;

namespace Health.Fhir.Search;

/// <summary>What the server needs of HL7's R4 definitions: compiled at build time (conformance/definitions), loaded once.</summary>
public sealed class FhirDefinitions
{
    private static readonly Lazy<FhirDefinitions> Loaded = new(Load);
    private readonly FrozenDictionary<string, FrozenDictionary<string, string[]>> elements;
    private readonly FrozenDictionary<string, string> systems;
    private readonly FrozenDictionary<string, string[]> required;
    private readonly FrozenDictionary<string, FrozenSet<string>> summary;
    private readonly FrozenDictionary<string, FrozenDictionary<string, SearchParameter>> parameters;

    private FhirDefinitions(Compiled compiled)
    {
        ResourceTypes = compiled.Types.ToFrozenSet();
        elements = compiled.Elements.ToFrozenDictionary(owner => owner.Key, owner => owner.Value.ToFrozenDictionary(e => e.Key, e => e.Value.Split('|', StringSplitOptions.RemoveEmptyEntries)));
        systems = compiled.Systems.ToFrozenDictionary();
        required = compiled.Required.ToFrozenDictionary();
        summary = compiled.Summary.ToFrozenDictionary(owner => owner.Key, owner => owner.Value.ToFrozenSet());
        PatientCompartment = compiled.PatientCompartment.ToFrozenDictionary();
        parameters = compiled.Types.ToFrozenDictionary(type => type, type => ParametersOf(type, compiled));
    }

    public static FhirDefinitions R4 => Loaded.Value;

    /// <summary>The concrete resource types.</summary>
    public FrozenSet<string> ResourceTypes { get; }

    /// <summary>Resource type → the search parameters through which it is in a Patient's compartment.</summary>
    public FrozenDictionary<string, string[]> PatientCompartment { get; }

    /// <summary>The search parameters of a resource type by code, those of every resource included.</summary>
    public FrozenDictionary<string, SearchParameter> ParametersOf(string resourceType) => parameters[resourceType];

    /// <summary>The types of an element; empty when <paramref name="owner"/> has no such element. Backbone elements are named by their path.</summary>
    public IReadOnlyList<string> TypesOf(string owner, string element) =>
        elements.TryGetValue(owner, out var own) && own.TryGetValue(element, out var types) ? types : [];

    /// <summary>The names of the elements of a type, choices without their type.</summary>
    public IEnumerable<string> ElementsOf(string owner) => elements.TryGetValue(owner, out var own) ? own.Keys : [];

    /// <summary>True when the element of a resource or backbone element (by its path) belongs to the summary.</summary>
    public bool IsInSummary(string owner, string element) => summary.TryGetValue(owner, out var own) && own.Contains(element);

    /// <summary>The code system that a required binding implies for an element of type code.</summary>
    public string? ImpliedSystem(string owner, string element) => systems.GetValueOrDefault($"{owner}.{element}");

    /// <summary>Mandatory top-level elements of a resource type; a choice ends in <c>[x]</c>.</summary>
    public IReadOnlyList<string> RequiredOf(string resourceType) => required.GetValueOrDefault(resourceType, []);

    private static FrozenDictionary<string, SearchParameter> ParametersOf(string type, Compiled compiled) =>
        compiled.Parameters
            .Where(p => p.Base.Any(b => b == type || b is "Resource" or "DomainResource"))
            .ToFrozenDictionary(p => p.Code, p => new SearchParameter(p.Code, Enum.Parse<SearchType>(p.Type, ignoreCase: true), p.Expression, p.Target ?? [], p.Url)
            {
                Components = [.. (p.Components ?? []).Select(c => c.Code)],
            });

    private static FhirDefinitions Load()
    {
        using var stream = typeof(FhirDefinitions).Assembly.GetManifestResourceStream("fhir-r4.json")
            ?? throw new InvalidOperationException("The FHIR definitions are not embedded in this build (conformance/definitions).");
        var compiled = JsonSerializer.Deserialize<Compiled>(stream, JsonSerializerOptions.Web);
        return new FhirDefinitions(compiled ?? throw new InvalidOperationException("The embedded FHIR definitions are empty."));
    }

    private sealed record Compiled(
        Dictionary<string, Dictionary<string, string>> Elements,
        Dictionary<string, string> Systems,
        Dictionary<string, string[]> Required,
        Dictionary<string, string[]> Summary,
        string[] Types,
        CompiledParameter[] Parameters,
        Dictionary<string, string[]> PatientCompartment);

    private sealed record CompiledParameter(string Code, string[] Base, string Type, string? Url, string? Expression, string[]? Target, CompiledComponent[]? Components);

    private sealed record CompiledComponent(string Code);
}
