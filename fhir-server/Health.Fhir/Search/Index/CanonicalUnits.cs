using System.Collections.Concurrent;
using System.Globalization;

namespace Health.Fhir.Search;

/// <summary>
/// UCUM units brought to base units, so that 5 mg finds 0.005 g (http://hl7.org/fhir/R4/search.html#quantity). Covers what laboratories and wards
/// write: prefixed units, powers, products and quotients (<c>10*9/L</c>, <c>mg/dL</c>, <c>kg/m2</c>), annotations (<c>{beats}/min</c> is <c>/min</c>) and
/// temperatures. A unit that is none of these (pH, arbitrary titres, parentheses) keeps only its own code. The package Fhir.Metrics would cover all, but does
/// not start without ICU.
/// </summary>
public sealed record CanonicalUnits(string Unit, double Factor, double Offset = 0)
{
    public const string Ucum = "http://unitsofmeasure.org";

    /// <summary>System of the canonical rows; the hash of a real system is never even.</summary>
    public const long System = 2;

    private const int Remembered = 10_000;

    // Products of powers of ten differ in the last bits by the way they are computed: beyond these digits values are equal.
    private const int SignificantDigits = 14;
    private static readonly ConcurrentDictionary<string, CanonicalUnits?> Known = new(StringComparer.Ordinal);

    private static readonly Dictionary<string, double> Prefixes = new(StringComparer.Ordinal)
    {
        [""] = 1, ["k"] = 1e3, ["M"] = 1e6, ["G"] = 1e9, ["T"] = 1e12, ["h"] = 1e2, ["da"] = 1e1, ["d"] = 1e-1, ["c"] = 1e-2, ["m"] = 1e-3, ["u"] = 1e-6, ["n"] = 1e-9, ["p"] = 1e-12,
        ["f"] = 1e-15,
    };

    /// <summary>Unit → base dimension, its power, factor, and whether prefixes apply.</summary>
    private static readonly Dictionary<string, (string Base, int Power, double Factor, bool Metric)> Atoms = new(StringComparer.Ordinal)
    {
        ["g"] = ("g", 1, 1, true), ["t"] = ("g", 1, 1e6, true), ["m"] = ("m", 1, 1, true), ["s"] = ("s", 1, 1, true), ["mol"] = ("mol", 1, 1, true), ["eq"] = ("mol", 1, 1, true),
        ["L"] = ("m", 3, 1e-3, true), ["l"] = ("m", 3, 1e-3, true), ["Pa"] = ("Pa", 1, 1, true), ["bar"] = ("Pa", 1, 1e5, true), ["J"] = ("J", 1, 1, true), ["K"] = ("K", 1, 1, true),
        ["V"] = ("V", 1, 1, true), ["A"] = ("A", 1, 1, true), ["W"] = ("W", 1, 1, true), ["Hz"] = ("s", -1, 1, true), ["Bq"] = ("s", -1, 1, true), ["Ohm"] = ("Ohm", 1, 1, true), ["N"] = ("N", 1, 1, true),
        ["Gy"] = ("Gy", 1, 1, true), ["Sv"] = ("Sv", 1, 1, true), ["kat"] = ("kat", 1, 1, true), ["m[Hg]"] = ("Pa", 1, 133322, true), ["m[H2O]"] = ("Pa", 1, 9806.65, true), ["atm"] = ("Pa", 1, 101325, false),
        ["cal"] = ("J", 1, 4.184, true), ["U"] = ("kat", 1, 1e-6 / 60, true), ["[IU]"] = ("[IU]", 1, 1, true), ["[iU]"] = ("[IU]", 1, 1, true), ["osm"] = ("osm", 1, 1, true),
        ["min"] = ("s", 1, 60, false), ["h"] = ("s", 1, 3600, false), ["d"] = ("s", 1, 86400, false), ["wk"] = ("s", 1, 604800, false), ["a"] = ("s", 1, 31557600, false), ["mo"] = ("s", 1, 2629800, false),
        ["[in_i]"] = ("m", 1, 0.0254, false), ["[ft_i]"] = ("m", 1, 0.3048, false), ["[yd_i]"] = ("m", 1, 0.9144, false), ["[mi_i]"] = ("m", 1, 1609.344, false),
        ["[lb_av]"] = ("g", 1, 453.59237, false), ["[oz_av]"] = ("g", 1, 28.349523125, false), ["[gr]"] = ("g", 1, 0.06479891, false),
        ["%"] = ("1", 1, 0.01, false), ["[ppth]"] = ("1", 1, 1e-3, false), ["[ppm]"] = ("1", 1, 1e-6, false), ["[ppb]"] = ("1", 1, 1e-9, false), ["1"] = ("1", 1, 1, false), ["10*"] = ("1", 1, 10, false), ["10^"] = ("1", 1, 10, false),
    };

    public double Convert(double value) => Round(value * Factor + Offset);

    public NumberRange Convert(NumberRange range) => new(Convert(range.Low), Convert(range.High));

    /// <returns>Null when the system is not UCUM or the unit is not covered.</returns>
    public static CanonicalUnits? Of(string? system, string code)
    {
        if (system != Ucum || code.Length > 64) return null;
        if (Known.TryGetValue(code, out var known)) return known;
        var computed = Compute(code);
        if (Known.Count < Remembered) Known[code] = computed;
        return computed;
    }

    private static double Round(double value)
    {
        if (value == 0 || !double.IsFinite(value)) return value;
        return double.Parse(value.ToString($"E{SignificantDigits - 1}", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
    }

    private static CanonicalUnits? Compute(string code)
    {
        // Degrees are no factor of anything, so they stand alone.
        if (code == "Cel") return new CanonicalUnits("K1", 1, 273.15);
        if (code == "[degF]") return new CanonicalUnits("K1", 5.0 / 9, 459.67 * 5 / 9);
        if (WithoutAnnotations(code) is not { } plain) return null;
        SortedDictionary<string, int> dimensions = new(StringComparer.Ordinal);
        var factor = 1.0;
        var sign = 1;
        var at = 0;
        while (at <= plain.Length)
        {
            var end = plain.AsSpan(at).IndexOfAny('/', '.') is var i and >= 0 ? at + i : plain.Length;
            if (end > at)
            {
                if (Component(plain[at..end]) is not var (name, power, size)) return null;
                factor *= Math.Pow(size, sign);
                if (name != "1") dimensions[name] = dimensions.GetValueOrDefault(name) + sign * power;
            }
            else if (end != 0) return null;
            if (end == plain.Length) break;
            sign = plain[end] == '/' ? -1 : 1;
            at = end + 1;
        }
        var unit = string.Join('.', dimensions.Where(d => d.Value != 0).Select(d => $"{d.Key}{d.Value}"));
        return new CanonicalUnits(unit.Length == 0 ? "1" : unit, factor);
    }

    /// <summary>An annotation says of what, not how much: alone it is the unit one. Null when braces do not match.</summary>
    private static string? WithoutAnnotations(string code)
    {
        while (code.IndexOf('{') is var open and >= 0)
        {
            var close = code.IndexOf('}', open);
            if (close < 0) return null;
            var alone = (open == 0 || code[open - 1] is '/' or '.') && (close == code.Length - 1 || code[close + 1] is '/' or '.');
            code = code[..open] + (alone ? "1" : "") + code[(close + 1)..];
        }
        return code.Length == 0 || code.Contains('}') ? null : code;
    }

    private static (string Base, int Power, double Size)? Component(string text)
    {
        // A number by itself is a factor: 5 /100{WBC} are five of a hundred.
        if (!text.AsSpan().ContainsAnyExceptInRange('0', '9') && text.Length <= 15) return ("1", 1, double.Parse(text, CultureInfo.InvariantCulture));
        var digits = text.Length;
        while (digits > 1 && (char.IsAsciiDigit(text[digits - 1]) || text[digits - 1] is '-' or '+')) digits--;
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
