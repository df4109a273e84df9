using System.Globalization;
using Health.Contracts;

namespace Health.Fhir.Search;

/// <summary>Reads one value of a parameter by its type and modifier. http://hl7.org/fhir/R4/search.html#ptypes</summary>
public sealed class ValueParser(ExtractionSettings settings, TimeProvider time)
{
    private const double DefaultNear = 10_000, MaxNear = 20_100_000;

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
        return Refusal.Invalid($"'{text}' is not a value of the {Describe(parameter.Type, modifier)} parameter {name}.", name);
    }

    private SearchValue? Read(SearchParameter parameter, string? modifier, string text) => text.Length == 0 ? null : parameter.Type switch
    {
        SearchType.Token => Token(modifier, text),
        SearchType.Reference when modifier == "identifier" => Token(null, text),
        SearchType.Date => Date(text),
        SearchType.String => new SearchValue.Text(QueryText.Unescape(text), modifier switch { "exact" => TextMatch.Exact, "contains" => TextMatch.Contains, _ => TextMatch.StartsWith }),
        SearchType.Reference => Reference(parameter, modifier, QueryText.Unescape(text)),
        SearchType.Uri => new SearchValue.Uri(QueryText.Unescape(text), modifier switch { "below" => UriMatch.Below, "above" => UriMatch.Above, "contains" => UriMatch.Contains, _ => UriMatch.Exact }),
        SearchType.Number => Number(text, withUnit: false),
        SearchType.Quantity => Number(text, withUnit: true),
        SearchType.Special when parameter.Code == "near" => Near(text),
        _ => null,
    };

    private static SearchValue? Token(string? modifier, string text) => modifier switch
    {
        "in" or "not-in" => new SearchValue.Codes(CodeSetKind.In, QueryText.Unescape(text)),
        "above" or "below" => CodesAround(modifier == "above" ? CodeSetKind.Above : CodeSetKind.Below, text),
        "of-type" => TypedIdentifier(text),
        "text" => SearchTerm.Fold(QueryText.Unescape(text)).Length > 0 ? new SearchValue.Beside(QueryText.Unescape(text)) : null,
        _ => Token(text),
    };

    private static SearchValue.Token? Token(string text)
    {
        var parts = QueryText.Split(text, '|');
        if (parts.Count > 2) return null;
        if (parts.Count == 1) return new SearchValue.Token(null, QueryText.Unescape(parts[0]));
        var (system, code) = (QueryText.Unescape(parts[0]), QueryText.Unescape(parts[1]));
        // The system that the standard gives to true and false, which are stored without one.
        if (system == "http://hl7.org/fhir/special-values" && code is "true" or "false") system = "";
        return system.Length == 0 && code.Length == 0 ? null : new SearchValue.Token(system, code.Length == 0 ? null : code);
    }

    private static SearchValue.TypedIdentifier? TypedIdentifier(string text)
    {
        var parts = QueryText.Split(text, '|');
        return parts.Count == 3 && parts.TrueForAll(part => part.Length > 0)
            ? new SearchValue.TypedIdentifier(QueryText.Unescape(parts[0]), QueryText.Unescape(parts[1]), QueryText.Unescape(parts[2]))
            : null;
    }

    private static SearchValue.Codes? CodesAround(CodeSetKind kind, string text)
    {
        var parts = QueryText.Split(text, '|');
        return parts.Count == 2 && parts.TrueForAll(part => part.Length > 0) ? new SearchValue.Codes(kind, QueryText.Unescape(text)) : null;
    }

    private SearchValue.Date? Date(string text)
    {
        var (prefix, rest) = PrefixOf(text);
        return DateRange.TryParse(rest, settings.Zone, out var range) ? new SearchValue.Date(prefix, range, time.GetUtcNow().UtcDateTime) : null;
    }

    private SearchValue.Reference? Reference(SearchParameter parameter, string? type, string text)
    {
        if (!text.Contains('/') && !text.Contains(':') && !text.Contains('|'))
        {
            IEnumerable<string> types = type is not null ? [type] : parameter.Targets;
            return new SearchValue.Reference([.. types.Select(t => new ReferenceTarget(t, text))]);
        }
        if (ReferenceTarget.Parse(text, settings.BaseUrl) is not { } target) return null;
        // A version asks for the references to just that version.
        if (target.VersionIn(text) is { } version) target = version;
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

    /// <summary>latitude|longitude[|distance[|unit]]; ten kilometres where no distance is given, kilometres where no unit is.</summary>
    private static SearchValue.Near? Near(string text)
    {
        var parts = QueryText.Split(text, '|');
        if (parts.Count is < 2 or > 4 || Degrees(parts[0], 90) is not { } latitude || Degrees(parts[1], 180) is not { } longitude) return null;
        var metres = DefaultNear;
        if (parts.Count > 2 && parts[2].Length > 0)
        {
            var unit = (parts.Count > 3 ? QueryText.Unescape(parts[3]) : "") switch { "" or "km" => 1000.0, "m" => 1, "mi" or "[mi_i]" => 1609.344, "[mi_us]" => 1609.347219, _ => 0 };
            if (unit == 0 || !NumberRange.TryParse(parts[2], out var distance) || distance < 0 || distance * unit > MaxNear) return null;
            metres = distance * unit;
        }
        return new SearchValue.Near(latitude, longitude, metres);
    }

    private static double? Degrees(string text, double most) =>
        double.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var degrees) && Math.Abs(degrees) <= most ? degrees : null;

    private static (Prefix, string) PrefixOf(string text) =>
        text.Length > 2 && char.IsAsciiLetterLower(text[0]) && Enum.TryParse<Prefix>(text[..2], ignoreCase: true, out var prefix) && !char.IsAsciiDigit(text[1])
            ? (prefix, text[2..])
            : (Prefix.Eq, text);

    private static string Describe(SearchType type, string? modifier) => (type, modifier) switch
    {
        (SearchType.Token, "of-type") => "token (type system|type code|identifier, all three)",
        (SearchType.Token, "above" or "below") => "token (system|code, both)",
        (SearchType.Date, _) => "date (such as 2024-05, ge2024-05-01T08:00:00+08:00; prefixes eq ne gt lt ge le sa eb ap)",
        (SearchType.Number, _) => "number (such as 5.4, lt60; prefixes eq ne gt lt ge le sa eb ap)",
        (SearchType.Quantity, _) => "quantity (such as 5.4, gt5.4|http://unitsofmeasure.org|mg, 5.4||mg; prefixes eq ne gt lt ge le sa eb ap)",
        (SearchType.Token, _) => "token (code, system|code, |code or system|)",
        (SearchType.Reference, _) => "reference (id, Type/id or URL)",
        (SearchType.Special, _) => "special (latitude|longitude|distance|unit, such as 31.46|104.75|5|km; units km, m, mi)",
        _ => type.ToString().ToLowerInvariant(),
    };
}
