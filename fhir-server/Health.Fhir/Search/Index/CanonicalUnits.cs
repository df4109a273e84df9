using System.Collections.Concurrent;
using System.Globalization;

namespace Health.Fhir.Search;

/// <summary>
/// UCUM units brought to base units, so that 5 mg finds 0.005 g (http://hl7.org/fhir/R4/search.html#quantity). Covers what laboratories
/// write: prefixed units, powers, products and quotients (<c>10*9/L</c>, <c>mg/dL</c>, <c>kg/m2</c>). A unit that is no plain factor of a
/// base (Celsius, pH, annotations) keeps only its own code. The package Fhir.Metrics would cover all, but does not start without ICU.
/// </summary>
public sealed record CanonicalUnits(string Unit, double Factor)
{
    public const string Ucum = "http://unitsofmeasure.org";

    /// <summary>System of the canonical rows; the hash of a real system is never even.</summary>
    public const long System = 2;

    private const int Remembered = 10_000;
    private static readonly ConcurrentDictionary<string, CanonicalUnits?> Known = new(StringComparer.Ordinal);

    private static readonly Dictionary<string, double> Prefixes = new(StringComparer.Ordinal)
    {
        [""] = 1, ["k"] = 1e3, ["M"] = 1e6, ["G"] = 1e9, ["h"] = 1e2, ["da"] = 1e1, ["d"] = 1e-1, ["c"] = 1e-2, ["m"] = 1e-3, ["u"] = 1e-6, ["n"] = 1e-9, ["p"] = 1e-12, ["f"] = 1e-15,
    };

    /// <summary>Unit → base dimension, its power, factor, and whether prefixes apply.</summary>
    private static readonly Dictionary<string, (string Base, int Power, double Factor, bool Metric)> Atoms = new(StringComparer.Ordinal)
    {
        ["g"] = ("g", 1, 1, true), ["m"] = ("m", 1, 1, true), ["s"] = ("s", 1, 1, true), ["mol"] = ("mol", 1, 1, true), ["eq"] = ("mol", 1, 1, true),
        ["L"] = ("m", 3, 1e-3, true), ["l"] = ("m", 3, 1e-3, true), ["Pa"] = ("Pa", 1, 1, true), ["J"] = ("J", 1, 1, true), ["K"] = ("K", 1, 1, true), ["V"] = ("V", 1, 1, true),
        ["m[Hg]"] = ("Pa", 1, 133322, true), ["cal"] = ("J", 1, 4.184, true), ["U"] = ("U", 1, 1, true), ["[IU]"] = ("[IU]", 1, 1, true), ["osm"] = ("osm", 1, 1, true),
        ["min"] = ("s", 1, 60, false), ["h"] = ("s", 1, 3600, false), ["d"] = ("s", 1, 86400, false), ["wk"] = ("s", 1, 604800, false), ["a"] = ("s", 1, 31557600, false),
        ["mo"] = ("s", 1, 2629800, false), ["[in_i]"] = ("m", 1, 0.0254, false), ["[lb_av]"] = ("g", 1, 453.59237, false), ["%"] = ("1", 1, 0.01, false), ["1"] = ("1", 1, 1, false), ["10*"] = ("1", 1, 10, false),
    };

    public NumberRange Convert(NumberRange range) => new(range.Low * Factor, range.High * Factor);

    /// <returns>Null when the system is not UCUM or the unit is not covered.</returns>
    public static CanonicalUnits? Of(string? system, string code)
    {
        if (system != Ucum || code.Length > 64) return null;
        if (Known.TryGetValue(code, out var known)) return known;
        var computed = Compute(code);
        if (Known.Count < Remembered) Known[code] = computed;
        return computed;
    }

    private static CanonicalUnits? Compute(string code)
    {
        SortedDictionary<string, int> dimensions = new(StringComparer.Ordinal);
        var factor = 1.0;
        var sign = 1;
        var at = 0;
        while (at <= code.Length)
        {
            var end = code.AsSpan(at).IndexOfAny('/', '.') is var i and >= 0 ? at + i : code.Length;
            if (end > at)
            {
                if (Component(code[at..end]) is not var (name, power, size)) return null;
                factor *= Math.Pow(size, sign);
                if (name != "1") dimensions[name] = dimensions.GetValueOrDefault(name) + sign * power;
            }
            else if (end != 0) return null;
            if (end == code.Length) break;
            sign = code[end] == '/' ? -1 : 1;
            at = end + 1;
        }
        var unit = string.Join('.', dimensions.Where(d => d.Value != 0).Select(d => $"{d.Key}{d.Value}"));
        return new CanonicalUnits(unit.Length == 0 ? "1" : unit, factor);
    }

    private static (string Base, int Power, double Size)? Component(string text)
    {
        var digits = text.Length;
        while (digits > 1 && (char.IsAsciiDigit(text[digits - 1]) || text[digits - 1] == '-')) digits--;
        var exponent = 1;
        if (digits < text.Length && !int.TryParse(text.AsSpan(digits), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out exponent)) return null;
        if (Math.Abs(exponent) > 30) return null;
        var name = text[..digits];
        foreach (var (prefix, scale) in Prefixes)
        {
            if (!name.StartsWith(prefix, StringComparison.Ordinal) || !Atoms.TryGetValue(name[prefix.Length..], out var atom)) continue;
            if (prefix.Length > 0 && !atom.Metric) continue;
            return (atom.Base, atom.Power * exponent, Math.Pow(scale * atom.Factor, exponent));
        }
        return null;
    }
}
