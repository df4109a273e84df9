using System.Text;
using Health.Contracts;

namespace Health.Fhir.Search;

/// <summary>
/// Reads <c>_filter</c> (http://hl7.org/fhir/R4/search_filter.html): <c>and</c>, <c>or</c>, <c>not</c>, parentheses, and <c>parameter operator value</c>, where the
/// parameter may be a chain. It means the same criteria as other parameters do; what has no criterion here is refused with its place.
/// </summary>
public sealed class FilterParser(CriterionParser criteria, Extractor extractor)
{
    private static readonly string[] Operators = ["eq", "ne", "co", "sw", "ew", "gt", "lt", "ge", "le", "ap", "sa", "eb", "pr", "ss", "sb", "in", "ni", "re"];

    public Refusal? TryRead(string type, string text, out Criterion criterion)
    {
        criterion = null!;
        if (text.Length > Limits.FilterCharacters) return Refusal.TooCostly($"A _filter has at most {Limits.FilterCharacters} characters.");
        var reading = new Reading(this, type, text);
        criterion = reading.Whole()!;
        return reading.Fault;
    }

    private (Criterion? Criterion, Refusal? Fault) Condition(string type, string path, string op, string value, bool isQuoted)
    {
        if (!Operators.Contains(op)) return (null, Refusal.NotSupported($"the operator '{op}' is not supported{CriterionParser.DidYouMean(op, Operators)}; supported: {string.Join(", ", Operators)}"));
        var kind = KindOf(type, path);
        // In a quoted string , $ | and \ are themselves; the value of a criterion gives them a meaning.
        var plain = isQuoted ? Escaped(value, keepBar: kind is not SearchType.String) : value;
        var (name, text, negated) = (kind, op) switch
        {
            (_, "pr") => ($"{path}:missing", value == "true" ? "false" : value == "false" ? "true" : "", false),
            (SearchType.String, "eq" or "ne") => ($"{path}", plain, op == "ne"),
            (SearchType.String, "co") => ($"{path}:contains", plain, false),
            (SearchType.String, "sw") => (path, plain, false),
            (SearchType.String, "ew") => (path, plain, false),
            (SearchType.Token or SearchType.Uri or SearchType.Reference, "eq" or "ne") => (path, plain, op == "ne"),
            (SearchType.Token, "sw") => ($"{path}:text", plain, false),
            (SearchType.Token, "in") => ($"{path}:in", plain, false),
            (SearchType.Token, "ni") => ($"{path}:not-in", plain, false),
            (SearchType.Token, "ss") => ($"{path}:above", plain, false),
            (SearchType.Token, "sb") => ($"{path}:below", plain, false),
            (SearchType.Uri, "co") => ($"{path}:contains", plain, false),
            (SearchType.Reference, "re") => (path, plain, false),
            (SearchType.Date or SearchType.Number or SearchType.Quantity, "eq" or "ne" or "gt" or "lt" or "ge" or "le" or "ap" or "sa" or "eb") => (path, op + plain, false),
            _ => ("", "", false),
        };
        if (name.Length == 0) return (null, Refusal.NotSupported($"'{op}' has no meaning for the {kind?.ToString().ToLowerInvariant() ?? "unknown"} parameter {path}"));
        if (criteria.TryRead(type, name, text, out var criterion) is { } refusal) return (null, refusal);
        if (kind == SearchType.String && op is "eq" or "ne" or "ew")
            criterion = Changed(criterion, v => v is SearchValue.Text t ? t with { Match = op == "ew" ? TextMatch.EndsWith : TextMatch.Whole } : v);
        // "An item in the set has an unequal value": there must be one.
        return (negated ? Changed(criterion, v => new SearchValue.Other(v)) : criterion, null);
    }

    /// <summary>The criterion with other values at the end of its chain.</summary>
    private static Criterion Changed(Criterion criterion, Func<SearchValue, SearchValue> change) => criterion switch
    {
        Criterion.Matches matches => matches with { Values = [.. matches.Values.Select(change)] },
        Criterion.Chain chain => chain with { Alternatives = [.. chain.Alternatives.Select(a => (a.TargetType, Changed(a.Target, change)))] },
        Criterion.Ids ids => new Criterion.Not(ids),
        _ => criterion,
    };

    /// <summary>The type of the parameter at the end of a chain; null when there is none.</summary>
    private SearchType? KindOf(string type, string path)
    {
        IReadOnlyList<string> types = type.Split(' ');
        var steps = path.Split('.');
        for (var i = 0; i < steps.Length; i++)
        {
            var (code, only) = steps[i].IndexOf(':') is var colon and > 0 ? (steps[i][..colon], steps[i][(colon + 1)..]) : (steps[i], null);
            var found = types.Where(FhirDefinitions.R4.ResourceTypes.Contains).Select(t => extractor.Catalogue.ParametersOf(t).GetValueOrDefault(code)).FirstOrDefault(p => p is not null);
            if (found is null) return code == "_id" ? SearchType.Token : null;
            if (i == steps.Length - 1) return code == "_id" ? SearchType.Token : found.Type;
            types = only is null ? found.Targets : [only];
        }
        return null;
    }

    private static string Escaped(string value, bool keepBar)
    {
        var escaped = new StringBuilder();
        foreach (var c in value) escaped.Append(c is '\\' or ',' or '$' || (c == '|' && !keepBar) ? $"\\{c}" : c.ToString());
        return escaped.ToString();
    }

    /// <summary>One reading of one text, by recursive descent: or binds weakest, then and, then not.</summary>
    private sealed class Reading(FilterParser parser, string type, string text)
    {
        private int at, depth;

        public Refusal? Fault { get; private set; }

        public Criterion? Whole()
        {
            var all = Or();
            Blanks();
            return Fault is null && at < text.Length ? Stop($"'{text[at..Math.Min(text.Length, at + 20)]}' is left over: conditions are joined by and, or") : all;
        }

        private Criterion? Or() => Joined("or", And, parts => new Criterion.Any(parts));

        private Criterion? And() => Joined("and", Term, parts => new Criterion.All(parts));

        private Criterion? Joined(string word, Func<Criterion?> part, Func<IReadOnlyList<Criterion>, Criterion> join)
        {
            List<Criterion> parts = [];
            do
            {
                if (part() is not { } one) return null;
                parts.Add(one);
            }
            while (Word(word));
            return parts.Count == 1 ? parts[0] : join(parts);
        }

        private Criterion? Term()
        {
            if (++depth > Limits.FilterDepth) return Stop($"more than {Limits.FilterDepth} conditions are nested");
            var isNot = Word("not");
            Blanks();
            Criterion? inner;
            if (at < text.Length && text[at] == '(')
            {
                at++;
                inner = Or();
                Blanks();
                if (Fault is null && (at >= text.Length || text[at++] != ')')) return Stop("a ')' is missing");
            }
            else inner = isNot ? Stop("not is followed by a condition in parentheses") : Comparison();
            depth--;
            return inner is null || Fault is not null ? null : isNot ? new Criterion.Not(inner) : inner;
        }

        private Criterion? Comparison()
        {
            var start = at;
            var path = Token();
            if (path.Length == 0) return Stop("a parameter is missing");
            if (path.Contains('[')) return Stop($"'{path}': conditions in brackets are not supported; use a composite parameter");
            var op = Token();
            Blanks();
            if (op.Length == 0 || at >= text.Length) return Stop($"after '{path}' an operator and a value are missing");
            var isQuoted = text[at] == '"';
            var value = isQuoted ? Quoted() : Token();
            if (Fault is not null) return null;
            if (value is null) return Stop("a quotation mark is missing");
            var (criterion, fault) = parser.Condition(type, path, op, value, isQuoted);
            if (fault is null) return criterion;
            Fault = fault with { Diagnostics = $"_filter at character {start + 1}: {fault.Diagnostics}", Expression = "_filter" };
            return null;
        }

        private Criterion? Stop(string why)
        {
            Fault ??= Refusal.Invalid($"_filter at character {at + 1}: {why}.", "_filter");
            return null;
        }

        private void Blanks()
        {
            while (at < text.Length && char.IsWhiteSpace(text[at])) at++;
        }

        private bool Word(string word)
        {
            Blanks();
            if (Fault is not null || !text.AsSpan(at).StartsWith(word, StringComparison.Ordinal)) return false;
            var end = at + word.Length;
            if (end < text.Length && !char.IsWhiteSpace(text[end]) && text[end] != '(') return false;
            at = end;
            return true;
        }

        private string Token()
        {
            Blanks();
            var start = at;
            while (at < text.Length && !char.IsWhiteSpace(text[at]) && text[at] is not ('(' or ')')) at++;
            return text[start..at];
        }

        /// <summary>A JSON-like string: \" and \\ stand for themselves. Null when it does not end.</summary>
        private string? Quoted()
        {
            var value = new StringBuilder();
            for (at++; at < text.Length; at++)
            {
                if (text[at] == '"')
                {
                    at++;
                    return value.ToString();
                }
                if (text[at] == '\\' && at + 1 < text.Length) at++;
                value.Append(text[at]);
            }
            return null;
        }
    }
}
