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
        [SearchType.Token] = ["missing", "not"],
        [SearchType.String] = ["missing", "exact", "contains"],
        [SearchType.Reference] = ["missing", "identifier"],
        [SearchType.Uri] = ["missing", "below", "above", "contains"],
        [SearchType.Date] = ["missing"],
        [SearchType.Number] = ["missing"],
        [SearchType.Quantity] = ["missing"],
    };

    public Refusal? TryRead(string type, string name, string value, out Criterion criterion) => TryRead(type, name, value, 0, out criterion);

    private Refusal? TryRead(string type, string name, string value, int depth, out Criterion criterion)
    {
        criterion = null!;
        if (depth > Limits.ChainDepth) return Refusal.TooCostly($"A chain has at most {Limits.ChainDepth} hops.");
        if (name.StartsWith("_has:", StringComparison.Ordinal)) return TryHas(type, name, value, depth, out criterion);
        var dot = name.IndexOf('.');
        if (dot > 0) return TryChain(type, name[..dot], name[(dot + 1)..], value, depth, out criterion);
        var (code, modifier) = SplitModifier(name);
        if (Find(type, code, out var parameter) is { } unknown) return unknown;
        if (code == "_id") return TryIds(modifier, value, out criterion);
        if (!IsModifier(parameter, modifier))
            return Refusal.NotSupported($"The modifier :{modifier} is not supported on {code} of {type}; supported: {string.Join(", ", Modifiers[parameter.Type].Select(m => ":" + m))}.", name);
        if (modifier != "missing") return TryValues(type, parameter, modifier, value, out criterion);
        criterion = new Criterion.Missing(type, parameter, value == "true");
        return value is "true" or "false" ? null : Refusal.Invalid($"{name} is true or false, not '{value}'.", name);
    }

    private Refusal? TryValues(string type, SearchParameter parameter, string? modifier, string text, out Criterion criterion)
    {
        criterion = null!;
        var parts = QueryText.Split(text, ',');
        if (parts.Count > Limits.Values) return Refusal.TooCostly($"A parameter has at most {Limits.Values} values.");
        List<SearchValue> read = [];
        foreach (var part in parts)
        {
            if (values.TryRead(parameter, modifier, part, out var value) is { } refusal) return refusal;
            read.Add(value);
        }
        criterion = new Criterion.Matches(type, parameter, read, modifier == "not");
        return null;
    }

    private static Refusal? TryIds(string? modifier, string value, out Criterion criterion)
    {
        criterion = new Criterion.Ids(QueryText.Split(value, ','));
        if (modifier is not null) return Refusal.NotSupported($"The modifier :{modifier} is not supported on _id.", "_id");
        return value.Length == 0 ? Refusal.Invalid("_id has no value.", "_id") : null;
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
        if (!FhirDefinitions.R4.ResourceTypes.Contains(source)) return Refusal.Invalid($"{source} is not a resource type.", name);
        if (Find(source, code, out var reference) is { } unknown) return unknown;
        if (reference.Type != SearchType.Reference || !reference.Targets.Contains(type)) return Refusal.Invalid($"{code} of {source} does not refer to {type}.", name);
        if (TryRead(source, parts[3], value, depth + 1, out var inner) is { } refusal) return refusal;
        criterion = new Criterion.Has(type, source, reference, inner);
        return null;
    }

    private Refusal? Find(string type, string code, out SearchParameter parameter)
    {
        if (FhirDefinitions.R4.ParametersOf(type).TryGetValue(code, out parameter!) && extractor.Supports(type, code)) return null;
        var known = FhirDefinitions.R4.ParametersOf(type).Keys.Where(c => extractor.Supports(type, c)).Order(StringComparer.Ordinal);
        return Refusal.NotSupported($"The search parameter '{code}' is not supported on {type}. Supported: {string.Join(", ", known)}.", code);
    }

    private static bool IsModifier(SearchParameter parameter, string? modifier) =>
        modifier is null || Modifiers[parameter.Type].Contains(modifier) || (parameter.Type == SearchType.Reference && parameter.Targets.Contains(modifier));

    private static (string Code, string? Modifier) SplitModifier(string name) =>
        name.IndexOf(':') is var colon and > 0 ? (name[..colon], name[(colon + 1)..]) : (name, null);
}
