using Health.Contracts;

namespace Health.Fhir.Search;

/// <summary>Reads _include and _revinclude: Type:parameter, Type:parameter:Target, Type:*, and * alone. http://hl7.org/fhir/R4/search.html#include</summary>
public sealed class IncludeParser(Extractor extractor)
{
    public Refusal? TryRead(string name, string value, List<Include> includes)
    {
        var iterate = name.Contains(':');
        if (iterate && name.Split(':', 2)[1] is not ("iterate" or "recurse")) return Refusal.NotSupported($"{name} is not supported; supported: :iterate.", name);
        var isReverse = name.StartsWith("_rev", StringComparison.Ordinal);
        if (value == "*" && isReverse) return Refusal.NotSupported("_revinclude=* would ask every type there is; write the type: Observation:*.", name);
        if (value == "*")
        {
            includes.Add(new Include("*", "*", null, false, iterate));
            return null;
        }
        var parts = value.Split(':');
        if (parts.Length is < 2 or > 3) return Refusal.Invalid($"{name} is written Type:parameter or Type:parameter:Target, not '{value}'.", name);
        var (source, target) = (parts[0], parts.Length == 3 ? parts[2] : null);
        foreach (var type in target is null ? [source] : new[] { source, target })
            if (!FhirDefinitions.R4.ResourceTypes.Contains(type)) return Refusal.Invalid($"{type} is not a resource type{CriterionParser.DidYouMean(type, FhirDefinitions.R4.ResourceTypes)}.", name);
        IReadOnlyList<string> targets = [];
        if (parts[1] != "*")
        {
            if (!extractor.TryFind(source, parts[1], out var parameter, out var unknown)) return unknown! with { Expression = name };
            if (parameter.Type != SearchType.Reference)
                return Refusal.NotSupported($"{parts[1]} is no reference parameter of {source}; those are {string.Join(", ", extractor.SupportedOf(source).Where(p => p.Type == SearchType.Reference).Select(p => p.Code))}.", name);
            targets = parameter.Targets;
        }
        includes.Add(new Include(source, parts[1], target, isReverse, iterate) { Targets = targets });
        return null;
    }
}
