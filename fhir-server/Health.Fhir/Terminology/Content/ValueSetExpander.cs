using System.Text.Json;
using System.Text.RegularExpressions;

namespace Health.Fhir.Terminology;

/// <summary>A code of an expanded value set.</summary>
public sealed record ExpandedCode(string System, string? Version, string Code, string? Display, Concept? Concept)
{
    /// <summary>What the value set itself says of the code in other languages.</summary>
    public IReadOnlyList<Designation> Designations { get; init; } = [];

    public string? DisplayIn(string? language) => language is null || Designations.Count == 0 ? Concept?.DisplayIn(language) is { } named && (language is not null || Display is null) ? named : Display
        : new Concept { Code = Code, Display = Display, Designations = Designations }.DisplayIn(language);
}

/// <summary>Why a value set cannot be enumerated.</summary>
public sealed record NotExpandable(string Code, string Reason);

/// <summary>
/// Enumerates value sets: whole systems, listed codes, filters (is-a, is-not-a, descendent-of, generalizes, =, in, not-in, exists, regex), imports, exclusions.
/// http://hl7.org/fhir/R4/valueset.html#compositions
/// </summary>
public sealed class ValueSetExpander(CodeLibrary library)
{
    private const int MaxCodes = 100_000, MaxDepth = 16;

    public (IReadOnlyList<ExpandedCode>? Codes, NotExpandable? Why) Expand(JsonElement valueSet) => Expand(valueSet, 0);

    private (IReadOnlyList<ExpandedCode>?, NotExpandable?) Expand(JsonElement valueSet, int depth)
    {
        if (depth > MaxDepth) return (null, new NotExpandable("too-costly", $"Value sets import each other more than {MaxDepth} deep."));
        if (!valueSet.TryGetProperty("compose", out var compose)) return Given(valueSet);
        Dictionary<(string, string), ExpandedCode> found = [];
        foreach (var part in Parts(compose, "include"))
        {
            var (codes, why) = Part(part, depth);
            if (codes is null) return (null, why);
            foreach (var code in codes) found.TryAdd((code.System, code.Code), code);
            if (found.Count > MaxCodes) return (null, new NotExpandable("too-costly", $"The value set has more than {MaxCodes} codes."));
        }

        foreach (var part in Parts(compose, "exclude"))
        {
            var (codes, why) = Part(part, depth);
            if (codes is null) return (null, why);
            foreach (var code in codes) found.Remove((code.System, code.Code));
        }

        return ([.. found.Values], null);
    }

    /// <summary>A value set without definition may carry its expansion.</summary>
    private static (IReadOnlyList<ExpandedCode>?, NotExpandable?) Given(JsonElement valueSet)
    {
        if (!valueSet.TryGetProperty("expansion", out var expansion) || !expansion.TryGetProperty("contains", out var contains)) return ([], null);
        List<ExpandedCode> codes = [];
        Collect(contains);
        return (codes, null);

        void Collect(JsonElement list)
        {
            foreach (var one in list.EnumerateArray())
            {
                if (CodeSystemContent.Text(one, "code") is { } code && !(one.TryGetProperty("abstract", out var isAbstract) && isAbstract.ValueKind == JsonValueKind.True))
                    codes.Add(new ExpandedCode(CodeSystemContent.Text(one, "system") ?? "", CodeSystemContent.Text(one, "version"), code, CodeSystemContent.Text(one, "display"), null));
                if (one.TryGetProperty("contains", out var inner)) Collect(inner);
            }
        }
    }

    private static IEnumerable<JsonElement> Parts(JsonElement compose, string name) => compose.TryGetProperty(name, out var parts) && parts.ValueKind == JsonValueKind.Array ? parts.EnumerateArray() : [];

    private (IReadOnlyCollection<ExpandedCode>?, NotExpandable?) Part(JsonElement part, int depth)
    {
        IReadOnlyCollection<ExpandedCode>? result = null;
        if (CodeSystemContent.Text(part, "system") is { } system)
        {
            (result, var why) = OfSystem(part, system);
            if (result is null) return (null, why);
        }

        if (!part.TryGetProperty("valueSet", out var imports)) return (result ?? [], null);
        // Several value sets, and a system beside them, mean what is in all of them.
        foreach (var url in imports.EnumerateArray().Select(one => one.GetString()!))
        {
            if (library.ValueSet(url) is not { } imported) return (null, new NotExpandable("not-found", $"The value set {url} is not known here."));
            var (codes, why) = Expand(imported, depth + 1);
            if (codes is null) return (null, why);
            if (result is null) result = codes;
            else
            {
                var both = codes.Select(code => (code.System, code.Code)).ToHashSet();
                result = [.. result.Where(code => both.Contains((code.System, code.Code)))];
            }
        }

        return (result!, null);
    }

    private (IReadOnlyCollection<ExpandedCode>?, NotExpandable?) OfSystem(JsonElement part, string url)
    {
        var content = library.System(url, CodeSystemContent.Text(part, "version"));
        if (part.TryGetProperty("concept", out var listed))
        {
            return ([.. listed.EnumerateArray().Where(c => CodeSystemContent.Text(c, "code") is not null).Select(c =>
            {
                var code = CodeSystemContent.Text(c, "code")!;
                var concept = content?.Find(code);
                return new ExpandedCode(url, content?.Version, code, CodeSystemContent.Text(c, "display") ?? concept?.Display, concept) { Designations = CodeSystemContent.DesignationsOf(c) };
            })], null);
        }

        if (content is null && ComputedSystems.Enumerate(url) is { } computed) return ([.. computed.Select(code => new ExpandedCode(url, null, code, null, null))], null);
        if (content is null) return (null, new NotExpandable("not-found", $"The code system {url} is not known here, so that its codes cannot be enumerated."));
        if (!content.IsComplete) return (null, new NotExpandable("too-costly", $"The content of the code system {url} is not held here."));
        IEnumerable<Concept> concepts = content.Concepts;
        if (part.TryGetProperty("filter", out var filters))
        {
            foreach (var filter in filters.EnumerateArray())
            {
                var (kept, why) = Filtered(concepts, content, filter);
                if (kept is null) return (null, why);
                concepts = kept;
            }
        }

        return ([.. concepts.Where(concept => !concept.IsAbstract).Select(concept => new ExpandedCode(url, content.Version, concept.Code, concept.Display, concept))], null);
    }

    private static (IReadOnlyList<Concept>?, NotExpandable?) Filtered(IEnumerable<Concept> concepts, CodeSystemContent content, JsonElement filter)
    {
        var (property, op, value) = (CodeSystemContent.Text(filter, "property") ?? "", CodeSystemContent.Text(filter, "op") ?? "", CodeSystemContent.Text(filter, "value") ?? "");
        if (op is "is-a" or "descendent-of" or "is-not-a" or "generalizes")
        {
            if (content.Find(value) is not { } concept) return (null, new NotExpandable("invalid", $"The filter names '{value}', which is no code of {content.Url}."));
            var set = (op == "generalizes" ? CodeSystemContent.Above(concept) : CodeSystemContent.Below(concept)).ToHashSet();
            if (op == "descendent-of") set.Remove(concept);
            return ([.. concepts.Where(one => set.Contains(one) == (op != "is-not-a"))], null);
        }

        Func<Concept, bool>? test = op switch
        {
            "=" => one => Values(one, property).Contains(value),
            "in" => one => Values(one, property).Any(value.Split(',', StringSplitOptions.TrimEntries).Contains),
            "not-in" => one => !Values(one, property).Any(value.Split(',', StringSplitOptions.TrimEntries).Contains),
            "exists" => one => Values(one, property).Any() == (value == "true"),
            "regex" => Regexes.TryMake($"^(?:{value})$", out var regex) ? one => Values(one, property).Any(text => regex.IsMatch(text)) : null,
            _ => null,
        };
        return test is null
            ? (null, new NotExpandable("not-supported", $"The filter '{property} {op} {value}' is not understood: is-a, is-not-a, descendent-of, generalizes, =, in, not-in, exists and regex are."))
            : ([.. concepts.Where(test)], null);
    }

    private static IEnumerable<string> Values(Concept concept, string property) => property switch
    {
        "code" => [concept.Code],
        "display" => concept.Display is null ? [] : [concept.Display],
        "definition" => concept.Definition is null ? [] : [concept.Definition],
        "parent" => concept.Parents.Select(parent => parent.Code),
        "child" => concept.Children.Select(child => child.Code),
        _ => concept.Properties.Where(p => p.Code == property).Select(p => p.Value),
    };
}

/// <summary>Regular expressions of others: in linear time, or within a short limit.</summary>
internal static class Regexes
{
    private static readonly TimeSpan Limit = TimeSpan.FromMilliseconds(200);
    private const int MaxLength = 1000;

    public static bool TryMake(string pattern, out Regex regex)
    {
        regex = null!;
        if (pattern.Length > MaxLength) return false;
        try
        {
            regex = new Regex(pattern, RegexOptions.CultureInvariant | RegexOptions.NonBacktracking, Limit);
            return true;
        }
        catch (NotSupportedException)
        {
            // Look-around and back references: the limit holds them.
            regex = new Regex(pattern, RegexOptions.CultureInvariant, Limit);
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}
