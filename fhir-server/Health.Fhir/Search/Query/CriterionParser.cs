using Health.Contracts;

namespace Health.Fhir.Search;

/// <summary>
/// Reads one search parameter: name, modifier, chain, values. What it does not know it refuses, naming what there is: a parameter that is
/// passed over would answer with other people's records.
/// </summary>
public sealed class CriterionParser(Extractor extractor, ValueParser values)
{
    private static readonly Dictionary<SearchType, string[]> Modifiers = new()
    {
        [SearchType.Token] = ["missing", "not", "in", "not-in", "above", "below", "of-type", "text"],
        [SearchType.String] = ["missing", "exact", "contains"],
        [SearchType.Reference] = ["missing", "identifier"],
        [SearchType.Uri] = ["missing", "below", "above", "contains"],
        [SearchType.Date] = ["missing"],
        [SearchType.Number] = ["missing"],
        [SearchType.Quantity] = ["missing"],
        [SearchType.Special] = ["missing"],
        [SearchType.Composite] = [],
    };

    /// <param name="type">The resource type, or several separated by blanks: then the parameter must be one that all of them have.</param>
    public Refusal? TryRead(string type, string name, string value, out Criterion criterion) => TryRead(type, name, value, 0, out criterion);

    private Refusal? TryRead(string type, string name, string value, int depth, out Criterion criterion)
    {
        criterion = null!;
        if (depth > Limits.ChainDepth) return Refusal.TooCostly($"A chain has at most {Limits.ChainDepth} hops.");
        if (name.StartsWith("_has:", StringComparison.Ordinal)) return TryHas(type, name, value, depth, out criterion);
        var dot = name.IndexOf('.');
        if (dot > 0) return TryChain(type, name[..dot], name[(dot + 1)..], value, depth, out criterion);
        var (code, modifier) = SplitModifier(name);
        if (SpecialCriteria.TryRead(extractor, type, code, modifier, value, out criterion) is var (isSpecial, special) && isSpecial) return special;
        if (Find(type, code, out var parameter) is { } unknown) return unknown;
        if (!IsModifier(parameter, modifier)) return NoModifier(type, parameter, modifier!, name);
        if (modifier != "missing") return TryValues(type, parameter, modifier, value, out criterion);
        criterion = new Criterion.Missing(type, parameter, value == "true");
        return value is "true" or "false" ? null : Refusal.Invalid($"{name} is true or false, not '{value}'.", name);
    }

    private Refusal? TryValues(string type, SearchParameter parameter, string? modifier, string text, out Criterion criterion)
    {
        criterion = null!;
        var parts = QueryText.Split(text, ',');
        if (parts.Count > Limits.Values) return Refusal.TooCostly($"A parameter has at most {Limits.Values} values.");
        if (parameter.Type == SearchType.Composite) return TryComposite(type, parameter, parts, out criterion);
        List<SearchValue> read = [];
        foreach (var part in parts)
        {
            if (values.TryRead(parameter, modifier, part, out var value) is { } refusal) return refusal;
            read.Add(value);
        }
        criterion = new Criterion.Matches(type, parameter, read, modifier is "not" or "not-in");
        return null;
    }

    private Refusal? TryComposite(string type, SearchParameter parameter, List<string> alternatives, out Criterion criterion)
    {
        criterion = null!;
        var parts = extractor.CompositeOf(type.Split(' ')[0], parameter)!;
        List<IReadOnlyList<SearchValue>> read = [];
        foreach (var alternative in alternatives)
        {
            var texts = QueryText.Split(alternative, '$');
            if (texts.Count != parts.Count)
                return Refusal.Invalid($"{parameter.Code} takes {parts.Count} values joined by $: {string.Join('$', parts.Select(part => part.Parameter.Code))}, not '{alternative}'.", parameter.Code);
            List<SearchValue> one = [];
            for (var i = 0; i < texts.Count; i++)
            {
                if (values.TryRead(parts[i].Parameter, null, texts[i], out var value) is { } refusal) return refusal with { Expression = parameter.Code };
                one.Add(value);
            }
            read.Add(one);
        }
        criterion = new Criterion.Composite(type, parts, read);
        return null;
    }

    private Refusal? TryChain(string type, string head, string rest, string value, int depth, out Criterion criterion)
    {
        criterion = null!;
        var (code, only) = SplitModifier(head);
        if (Find(type, code, out var reference) is { } unknown) return unknown;
        if (reference.Type != SearchType.Reference) return Refusal.Invalid($"{code} of {type} is no reference: {head}.{rest} leads nowhere.", $"{head}.{rest}");
        if (only is not null && !reference.Targets.Contains(only)) return Refusal.Invalid($"{code} of {type} does not refer to {only}; it refers to {string.Join(", ", reference.Targets)}.", head);
        List<(string, Criterion)> alternatives = [];
        Refusal? last = null;
        foreach (var target in only is null ? reference.Targets : [only])
        {
            if (TryRead(target, rest, value, depth + 1, out var inner) is { } refusal) last = refusal;
            else alternatives.Add((target, inner));
        }
        // Without a type the chain means every type the rest of it makes sense for.
        if (alternatives.Count == 0) return last ?? Refusal.Invalid($"{code} of {type} refers to no type.", head);
        criterion = new Criterion.Chain(type, reference, alternatives);
        return null;
    }

    private Refusal? TryHas(string type, string name, string value, int depth, out Criterion criterion)
    {
        criterion = null!;
        var parts = name.Split(':', 4);
        if (parts.Length < 4 || parts[3].Length == 0) return Refusal.Invalid("_has is written _has:Type:reference:parameter, for example _has:Observation:patient:code.", name);
        var (source, code) = (parts[1], parts[2]);
        if (!FhirDefinitions.R4.ResourceTypes.Contains(source)) return Refusal.Invalid($"{source} is not a resource type{DidYouMean(source, FhirDefinitions.R4.ResourceTypes)}.", name);
        if (Find(source, code, out var reference) is { } unknown) return unknown;
        if (reference.Type != SearchType.Reference || !type.Split(' ').All(reference.Targets.Contains)) return Refusal.Invalid($"{code} of {source} does not refer to {type}.", name);
        if (TryRead(source, parts[3], value, depth + 1, out var inner) is { } refusal) return refusal;
        criterion = new Criterion.Has(type, source, reference, inner);
        return null;
    }

    /// <summary>The parameter that every one of the types has under this name, with the same kind of value.</summary>
    private Refusal? Find(string types, string code, out SearchParameter parameter)
    {
        parameter = null!;
        foreach (var type in types.Split(' '))
        {
            if (!extractor.TryFind(type, code, out var found, out var refusal)) return refusal;
            if (parameter is not null && found.Type != parameter.Type)
                return Refusal.NotSupported($"The search parameter '{code}' is of another kind on {type} than on the types before it; search the types one by one.", code);
            parameter ??= found;
        }
        return null;
    }

    private static Refusal NoModifier(string type, SearchParameter parameter, string modifier, string name)
    {
        var known = Modifiers[parameter.Type];
        return Refusal.NotSupported(
            $"The modifier :{modifier} is not supported on {parameter.Code} of {type}{DidYouMean(modifier, known)}; supported: {(known.Length == 0 ? "none" : string.Join(", ", known.Select(m => ":" + m)))}.", name);
    }

    internal static string DidYouMean(string name, IEnumerable<string> names) => NearestNames.Of(name, names) is { Count: > 0 } near ? $" (did you mean {string.Join(" or ", near)}?)" : "";

    private static bool IsModifier(SearchParameter parameter, string? modifier) =>
        modifier is null || Modifiers[parameter.Type].Contains(modifier) || (parameter.Type == SearchType.Reference && parameter.Targets.Contains(modifier));

    private static (string Code, string? Modifier) SplitModifier(string name) =>
        name.IndexOf(':') is var colon and > 0 ? (name[..colon], name[(colon + 1)..]) : (name, null);
}
