using System.Globalization;

namespace Health.Fhir.Search;

/// <summary>
/// A unit of UCUM as powers of base units and a factor (https://ucum.org/ucum): prefixed units, powers, products, quotients, parentheses, numbers as factors, and annotations,
/// which say of what and not how much (<c>10*9/L</c>, <c>mg/dL</c>, <c>kg/m2</c>, <c>{beats}/min</c>, <c>mL/(min.kg)</c>). The base units are UCUM's own
/// (m, s, g, K, C), the mole, which UCUM takes for a number, and international units, which are no other unit.
/// </summary>
internal sealed class UnitExpression
{
    private const int MostDigits = 15, MostExponent = 30, MostDepth = 8;

    private static readonly Dictionary<string, double> Prefixes = new(StringComparer.Ordinal)
    {
        [""] = 1, ["k"] = 1e3, ["M"] = 1e6, ["G"] = 1e9, ["T"] = 1e12, ["h"] = 1e2, ["da"] = 1e1, ["d"] = 1e-1, ["c"] = 1e-2, ["m"] = 1e-3, ["u"] = 1e-6, ["n"] = 1e-9, ["p"] = 1e-12,
        ["f"] = 1e-15,
    };

    /// <summary>Unit → what it is in base units, its factor, and whether prefixes apply.</summary>
    private static readonly Dictionary<string, (string Base, double Factor, bool Metric)> Atoms = new(StringComparer.Ordinal)
    {
        ["g"] = ("g", 1, true), ["t"] = ("g", 1e6, true), ["m"] = ("m", 1, true), ["s"] = ("s", 1, true), ["K"] = ("K", 1, true), ["C"] = ("C", 1, true),
        ["mol"] = ("mol", 1, true), ["eq"] = ("mol", 1, true), ["osm"] = ("mol", 1, true), ["kat"] = ("mol s-1", 1, true), ["U"] = ("mol s-1", 1e-6 / 60, true),
        ["[IU]"] = ("[IU]", 1, true), ["[iU]"] = ("[IU]", 1, true),
        ["L"] = ("m3", 1e-3, true), ["l"] = ("m3", 1e-3, true), ["Hz"] = ("s-1", 1, true), ["Bq"] = ("s-1", 1, true), ["Gy"] = ("m2 s-2", 1, true), ["Sv"] = ("m2 s-2", 1, true),
        ["N"] = ("g m s-2", 1e3, true), ["dyn"] = ("g m s-2", 1e-2, true), ["Pa"] = ("g m-1 s-2", 1e3, true), ["bar"] = ("g m-1 s-2", 1e8, true), ["atm"] = ("g m-1 s-2", 101_325e3, false),
        ["m[Hg]"] = ("g m-1 s-2", 133_322e3, true), ["m[H2O]"] = ("g m-1 s-2", 9_806_650, true),
        ["J"] = ("g m2 s-2", 1e3, true), ["cal"] = ("g m2 s-2", 4_184, true), ["W"] = ("g m2 s-3", 1e3, true),
        ["A"] = ("C s-1", 1, true), ["V"] = ("g m2 s-2 C-1", 1e3, true), ["Ohm"] = ("g m2 s-1 C-2", 1e3, true), ["F"] = ("g-1 m-2 s2 C2", 1e-3, true),
        ["min"] = ("s", 60, false), ["h"] = ("s", 3_600, false), ["d"] = ("s", 86_400, false), ["wk"] = ("s", 604_800, false), ["a"] = ("s", 31_557_600, false), ["mo"] = ("s", 2_629_800, false),
        ["[in_i]"] = ("m", 0.0254, false), ["[ft_i]"] = ("m", 0.3048, false), ["[yd_i]"] = ("m", 0.9144, false), ["[mi_i]"] = ("m", 1_609.344, false),
        ["[lb_av]"] = ("g", 453.59237, false), ["[oz_av]"] = ("g", 28.349523125, false), ["[gr]"] = ("g", 0.06479891, false),
        ["%"] = ("", 0.01, false), ["[ppth]"] = ("", 1e-3, false), ["[ppm]"] = ("", 1e-6, false), ["[ppb]"] = ("", 1e-9, false), ["10*"] = ("", 10, false), ["10^"] = ("", 10, false),
    };

    private readonly SortedDictionary<string, int> powers = new(StringComparer.Ordinal);

    /// <summary>How much of the base units one of the unit is.</summary>
    public double Factor { get; private set; } = 1;

    /// <summary>Null when it is no unit, or one that is not covered.</summary>
    public static UnitExpression? Read(string code)
    {
        var at = 0;
        return code.Length > 0 && Term(code, ref at, 0) is { } read && at == code.Length ? read : null;
    }

    /// <summary>Base units and powers in their order, joined by dots; the unit one is "1".</summary>
    public override string ToString() => string.Join('.', powers.Where(power => power.Value != 0).Select(power => $"{power.Key}{power.Value}")) is { Length: > 0 } text ? text : "1";

    private static UnitExpression? Term(string code, ref int at, int depth)
    {
        if (depth > MostDepth) return null;
        var product = new UnitExpression();
        var sign = 1;
        if (at < code.Length && code[at] == '/')
        {
            sign = -1;
            at++;
        }

        while (Component(code, ref at, depth) is { } component)
        {
            product.Multiply(component, sign);
            if (at == code.Length || code[at] is not ('.' or '/')) return product;
            sign = code[at++] == '/' ? -1 : 1;
        }

        return null;
    }

    private static UnitExpression? Component(string code, ref int at, int depth)
    {
        UnitExpression? read;
        if (at < code.Length && code[at] == '(')
        {
            at++;
            read = Term(code, ref at, depth + 1);
            if (read is null || at == code.Length || code[at++] != ')') return null;
        }
        else
        {
            var end = at;
            // Brackets belong to a name and may hold anything: [H2O], [in_i'H2O].
            for (var bracket = false; end < code.Length && (bracket || code[end] is not ('.' or '/' or '(' or ')' or '{' or '}')); end++)
                bracket = code[end] == '[' || (bracket && code[end] != ']');
            read = end > at ? Atom(code[at..end]) : at < code.Length && code[at] == '{' ? new UnitExpression() : null;
            at = end;
        }

        if (at == code.Length || code[at] != '{') return read;
        var close = code.IndexOf('}', at);
        if (close < 0) return null;
        at = close + 1;
        return read;
    }

    private static UnitExpression? Atom(string text)
    {
        // A number by itself is a factor: 5 /100{WBC} are five of a hundred.
        if (!text.AsSpan().ContainsAnyExceptInRange('0', '9') && text.Length <= MostDigits) return new UnitExpression { Factor = double.Parse(text, CultureInfo.InvariantCulture) };
        var digits = text.Length;
        while (digits > 1 && (char.IsAsciiDigit(text[digits - 1]) || text[digits - 1] is '-' or '+')) digits--;
        var exponent = 1;
        if (digits < text.Length && !int.TryParse(text.AsSpan(digits), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out exponent)) return null;
        if (Math.Abs(exponent) > MostExponent) return null;
        var name = text[..digits];
        foreach (var (prefix, scale) in Prefixes)
        {
            if (!name.StartsWith(prefix, StringComparison.Ordinal) || !Atoms.TryGetValue(name[prefix.Length..], out var atom)) continue;
            if (prefix.Length > 0 && !atom.Metric) continue;
            var read = new UnitExpression { Factor = Math.Pow(scale * atom.Factor, exponent) };
            foreach (var part in atom.Base.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            {
                var letters = part.AsSpan().IndexOfAnyInRange('0', '9') is >= 0 and var digit ? part[digit - 1] == '-' ? digit - 1 : digit : part.Length;
                read.powers[part[..letters]] = exponent * (letters == part.Length ? 1 : int.Parse(part.AsSpan(letters), CultureInfo.InvariantCulture));
            }

            return read;
        }

        return null;
    }

    private void Multiply(UnitExpression other, int sign)
    {
        Factor *= Math.Pow(other.Factor, sign);
        foreach (var (unit, power) in other.powers) powers[unit] = powers.GetValueOrDefault(unit) + sign * power;
    }
}
