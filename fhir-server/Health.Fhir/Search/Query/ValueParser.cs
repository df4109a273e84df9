using Health.Contracts;

namespace Health.Fhir.Search;

/// <summary>Reads one value of a parameter by its type and modifier. http://hl7.org/fhir/R4/search.html#ptypes</summary>
public sealed class ValueParser(ExtractionSettings settings, TimeProvider time)
{
    /// <param name="modifier">What stands after the colon, or null; a resource type for references.</param>
    public Refusal? TryRead(SearchParameter parameter, string? modifier, string text, out SearchValue value)
    {
        var name = modifier is null ? parameter.Code : $"{parameter.Code}:{modifier}";
        if (Read(parameter, modifier, text) is { } read)
        {
            value = read;
            return null;
        }
        value = null!;
        return Refusal.Invalid($"'{text}' is not a value of the {Describe(parameter.Type)} parameter {name}.", name);
    }

    private SearchValue? Read(SearchParameter parameter, string? modifier, string text) => text.Length == 0 ? null : parameter.Type switch
    {
        SearchType.Token => Token(text),
        SearchType.Reference when modifier == "identifier" => Token(text),
        SearchType.Date => Date(text),
        SearchType.String => new SearchValue.Text(QueryText.Unescape(text), modifier switch { "exact" => TextMatch.Exact, "contains" => TextMatch.Contains, _ => TextMatch.StartsWith }),
        SearchType.Reference => Reference(parameter, modifier, QueryText.Unescape(text)),
        SearchType.Uri => new SearchValue.Uri(QueryText.Unescape(text), modifier switch { "below" => UriMatch.Below, "above" => UriMatch.Above, "contains" => UriMatch.Contains, _ => UriMatch.Exact }),
        SearchType.Number => Number(text, withUnit: false),
        SearchType.Quantity => Number(text, withUnit: true),
        _ => null,
    };

    private static SearchValue.Token? Token(string text)
    {
        var parts = QueryText.Split(text, '|');
        if (parts.Count > 2) return null;
        if (parts.Count == 1) return new SearchValue.Token(null, QueryText.Unescape(parts[0]));
        var (system, code) = (QueryText.Unescape(parts[0]), QueryText.Unescape(parts[1]));
        return system.Length == 0 && code.Length == 0 ? null : new SearchValue.Token(system, code.Length == 0 ? null : code);
    }

    private SearchValue.Date? Date(string text)
    {
        var (prefix, rest) = PrefixOf(text);
        return DateRange.TryParse(rest, settings.LocalOffset, out var range) ? new SearchValue.Date(prefix, range, time.GetUtcNow().UtcDateTime) : null;
    }

    private SearchValue.Reference? Reference(SearchParameter parameter, string? type, string text)
    {
        if (!text.Contains('/') && !text.Contains(':'))
        {
            IEnumerable<string> types = type is not null ? [type] : parameter.Targets;
            return new SearchValue.Reference([.. types.Select(t => new ReferenceTarget(t, text))]);
        }
        if (ReferenceTarget.Parse(text, settings.BaseUrl) is not { } target) return null;
        return type is null || !target.IsLocal || target.Type == type ? new SearchValue.Reference([target]) : null;
    }

    private static SearchValue.Number? Number(string text, bool withUnit)
    {
        var parts = QueryText.Split(text, '|');
        if (parts.Count != 1 && (!withUnit || parts.Count != 3)) return null;
        var (prefix, rest) = PrefixOf(parts[0]);
        if (!NumberRange.TryParse(rest, out var exact) || !NumberRange.TryImplicit(rest, out var range)) return null;
        if (parts.Count == 1) return new SearchValue.Number(prefix, exact, range, null, null);
        var (system, unit) = (QueryText.Unescape(parts[1]), QueryText.Unescape(parts[2]));
        return new SearchValue.Number(prefix, exact, range, system.Length == 0 ? null : system, unit.Length == 0 ? null : unit);
    }

    private static (Prefix, string) PrefixOf(string text) =>
        text.Length > 2 && char.IsAsciiLetterLower(text[0]) && Enum.TryParse<Prefix>(text[..2], ignoreCase: true, out var prefix) && !char.IsAsciiDigit(text[1])
            ? (prefix, text[2..])
            : (Prefix.Eq, text);

    private static string Describe(SearchType type) => type switch
    {
        SearchType.Date => "date (such as 2024-05, ge2024-05-01T08:00:00+08:00)",
        SearchType.Number => "number (such as 5.4, lt60)",
        SearchType.Quantity => "quantity (such as 5.4, gt5.4|http://unitsofmeasure.org|mg)",
        SearchType.Token => "token (code, system|code, |code or system|)",
        SearchType.Reference => "reference (id, Type/id or URL)",
        _ => type.ToString().ToLowerInvariant(),
    };
}
