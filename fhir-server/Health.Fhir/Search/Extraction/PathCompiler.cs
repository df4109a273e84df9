using System.Text.RegularExpressions;

namespace Health.Fhir.Search;

/// <summary>
/// Compiles the FHIRPath of a search parameter into paths over the JSON of one resource type. The language of the standard's own
/// parameters is small: own branch of unions, element steps, ofType/as, an index, <c>where(x='y')</c>, <c>where(resolve() is X)</c> and one
/// <c>exists() and … != false</c>. Anything else is refused, and then a search by the parameter is refused too, never ignored.
/// </summary>
public sealed partial class PathCompiler(FhirDefinitions definitions)
{
    private sealed record Partial(IReadOnlyList<Hop> Hops, string Type, string? ChoiceOf = null, string? System = null, string? ReferenceType = null);

    /// <returns>Null when a branch of this type uses something outside the language; empty when no branch is of this type.</returns>
    public IReadOnlyList<ElementPath>? Compile(string resourceType, string expression)
    {
        List<ElementPath> paths = [];
        foreach (var branch in SplitUnion(CastInParentheses().Replace(expression, "${path}.ofType(${type})")))
        {
            var text = branch;
            var presence = PresenceTest().Match(text);
            if (presence.Success) text = presence.Groups["path"].Value;
            // InsurancePlan.name is written without its type.
            if (char.IsLower(text[0])) text = $"{resourceType}.{text}";
            if (RootOf(text) is not { } root || (root != resourceType && root is not ("Resource" or "DomainResource"))) continue;
            if (CompileBranch(resourceType, text) is not { } compiled) return null;
            paths.AddRange(compiled.Select(p => new ElementPath(p.Hops, p.Type, p.ReferenceType, p.System) { IsPresenceTest = presence.Success }));
        }
        return paths;
    }

    private List<Partial>? CompileBranch(string resourceType, string text)
    {
        // Parentheses around a path group nothing here: (Observation.value.ofType(CodeableConcept)).text
        var plain = Ungroup(text);
        var steps = Step().Matches(plain);
        List<Partial> current = [new([], resourceType)];
        var end = steps[0].Length;
        foreach (Match step in steps.Skip(1))
        {
            if (Apply(step, current) is not { } next) return null;
            current = next;
            end = step.Index + step.Length;
        }
        return end == plain.Length ? current : null;
    }

    private List<Partial>? Apply(Match step, List<Partial> current)
    {
        if (step.Groups["oftype"].Value is { Length: > 0 } type)
            return [.. current.Where(p => string.Equals(p.Type, type, StringComparison.OrdinalIgnoreCase))];
        if (step.Groups["resolve"].Value is { Length: > 0 } target)
            return [.. current.Where(p => p.Type == "Reference").Select(p => p with { ReferenceType = target })];
        if (step.Groups["child"].Value is { Length: > 0 } child)
            return ChangeLast(current, hop => hop with { Where = (child, step.Groups["literal"].Value) });
        if (step.Groups["extension"].Value is { Length: > 0 } url)
        {
            List<Partial> extensions = [.. current.SelectMany(p => Descend(p, "extension"))];
            return extensions.Count == 0 ? null : ChangeLast(extensions, hop => hop with { Where = ("url", url) });
        }
        if (step.Groups["index"].Value is { Length: > 0 } index)
            return int.TryParse(index, out var at) ? ChangeLast(current, hop => hop with { Index = at }) : null;
        if (step.Groups["element"].Value is { Length: > 0 } element)
        {
            List<Partial> next = [.. current.SelectMany(p => Descend(p, element))];
            return next.Count == 0 ? null : next;
        }
        return null;
    }

    private IEnumerable<Partial> Descend(Partial parent, string element)
    {
        var types = definitions.TypesOf(parent.Type, element);
        foreach (var type in types)
        {
            var property = types.Count == 1 ? element : element + char.ToUpperInvariant(type[0]) + type[1..];
            yield return parent with { Hops = [.. parent.Hops, new Hop(property)], Type = type, System = definitions.ImpliedSystem(parent.Type, element) };
        }
    }

    private static List<Partial>? ChangeLast(List<Partial> current, Func<Hop, Hop> change) =>
        current.Any(p => p.Hops.Count == 0) ? null : [.. current.Select(p => p with { Hops = [.. p.Hops.SkipLast(1), change(p.Hops[^1])] })];

    private static string? RootOf(string text) => Step().Match(Ungroup(text)) is { Success: true } first ? first.Value : null;

    private static string Ungroup(string text)
    {
        if (!text.StartsWith('(')) return text;
        var depth = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '(') depth++;
            if (text[i] == ')' && --depth == 0) return text[1..i] + text[(i + 1)..];
        }
        return text;
    }

    private static IEnumerable<string> SplitUnion(string expression) => expression.Split('|', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    [GeneratedRegex(@"\((?<path>[\w.]+) as (?<type>\w+)\)")]
    private static partial Regex CastInParentheses();

    [GeneratedRegex(@"^(?<path>[\w.]+)\.exists\(\) and \k<path> != false$")]
    private static partial Regex PresenceTest();

    [GeneratedRegex(@"\G(?:\.?(?:ofType|as)\((?<oftype>\w+)\)|\.where\(resolve\(\) is (?<resolve>\w+)\)|\.where\((?<child>\w+)='(?<literal>[^']*)'\)|\.extension\('(?<extension>[^']+)'\)|\[(?<index>\d+)\]|(?:^|\.)(?<element>\w+)(?!\w*\())")]
    private static partial Regex Step();
}
