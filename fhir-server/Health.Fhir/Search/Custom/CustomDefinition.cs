using System.Text.Json;
using System.Text.RegularExpressions;
using Health.Contracts;

namespace Health.Fhir.Search;

/// <summary>
/// Reads a SearchParameter resource (http://hl7.org/fhir/R4/searchparameter.html) as one this server can index: its expression is of the language that
/// <see cref="PathCompiler"/> compiles, so what it costs per resource is bounded by the elements there are.
/// </summary>
public sealed partial record CustomDefinition(string Code, SearchType Type, string Expression, IReadOnlyList<string> Bases, IReadOnlyList<string> Targets, string? Url)
{
    private const int MaxExpression = 1000, MaxBases = 20;

    private static readonly SearchType[] Types = [SearchType.Number, SearchType.Date, SearchType.String, SearchType.Token, SearchType.Reference, SearchType.Quantity, SearchType.Uri];

    public SearchParameter ToParameter() => new(Code, Type, Expression, Targets, Url);

    /// <returns>No definition and no refusal for one that is not active: it is stored, and searches nothing.</returns>
    public static (CustomDefinition? Definition, Refusal? Refusal) TryRead(JsonElement resource)
    {
        if (ElementValues.Text(resource, "status") != "active") return (null, null);
        var code = ElementValues.Text(resource, "code") ?? "";
        if (!CodeForm().IsMatch(code)) return Refuse($"'{code}' cannot be a name in a query: a letter, then letters, digits and hyphens, 64 at most.", "code");
        if (!Enum.TryParse<SearchType>(ElementValues.Text(resource, "type"), ignoreCase: true, out var type) || !Types.Contains(type))
            return Refuse($"A parameter defined here is of type {string.Join(", ", Types.Select(t => t.ToString().ToLowerInvariant()))}.", "type");
        var bases = Strings(resource, "base");
        if (bases.Count is 0 or > MaxBases) return Refuse($"A parameter has one to {MaxBases} base types.", "base");
        foreach (var name in bases)
        {
            if (!FhirDefinitions.R4.ResourceTypes.Contains(name)) return Refuse($"{name} is not a resource type; a parameter of every resource is defined type by type.", "base");
            if (FhirDefinitions.R4.ParametersOf(name).ContainsKey(code)) return Refuse($"{name} has the standard's search parameter {code}, which cannot be defined anew.", "code");
        }
        var targets = Strings(resource, "target");
        if (targets.FirstOrDefault(target => !FhirDefinitions.R4.ResourceTypes.Contains(target)) is { } wrong) return Refuse($"{wrong} is not a resource type.", "target");
        if (type == SearchType.Reference && targets.Count == 0) return Refuse("A reference parameter names the types it leads to.", "target");
        if (ElementValues.Text(resource, "expression") is not { Length: <= MaxExpression } expression) return Refuse($"A parameter has an expression of at most {MaxExpression} characters.", "expression");
        return WithPaths(new CustomDefinition(code, type, expression, bases, targets, ElementValues.Text(resource, "url")));
    }

    private static (CustomDefinition?, Refusal?) WithPaths(CustomDefinition definition)
    {
        var compiler = new PathCompiler(FhirDefinitions.R4);
        foreach (var name in definition.Bases)
        {
            if (compiler.Compile(name, definition.Expression) is not { } paths)
                return Refuse($"'{definition.Expression}' goes beyond what can be indexed of {name}: element steps, |, ofType(), as, [n], where(child='text'), where(resolve() is Type), extension('url').", "expression");
            if (!paths.Any(path => ElementValues.CanEmit(definition.Type, path.FhirType)))
                return Refuse($"'{definition.Expression}' leads to no element of {name} that gives a {definition.Type.ToString().ToLowerInvariant()}.", "expression");
        }
        return (definition, null);
    }

    private static (CustomDefinition?, Refusal?) Refuse(string why, string element) => (null, Refusal.Unprocessable(why, $"SearchParameter.{element}"));

    private static List<string> Strings(JsonElement resource, string property) =>
        resource.TryGetProperty(property, out var values) && values.ValueKind == JsonValueKind.Array
            ? [.. values.EnumerateArray().Where(value => value.ValueKind == JsonValueKind.String).Select(value => value.GetString()!).Distinct()]
            : [];

    [GeneratedRegex("^[A-Za-z][A-Za-z0-9-]{0,63}$")]
    private static partial Regex CodeForm();
}
