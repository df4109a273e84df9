namespace Health.IntegrationTests.Search.Model;

/// <summary>The rules of http://hl7.org/fhir/R4/search.html on one value at a time, in decimals and plain comparisons: slow and easy to check by reading.</summary>
public static class Naive
{
    public static bool Token(ModelValue.Token value, string? system, string? code) =>
        (system is null || (value.System ?? "") == system) && (code is null || string.Equals(value.Code, code, StringComparison.OrdinalIgnoreCase));

    public static bool Text(ModelValue.Text value, string modifier, ModelValue.Text wanted) => modifier switch
    {
        "exact" => value.Original == wanted.Original,
        "contains" => value.Folded.Contains(wanted.Folded, StringComparison.Ordinal),
        _ => value.Folded.StartsWith(wanted.Folded, StringComparison.Ordinal),
    };

    public static bool Date(ModelValue.Date value, string prefix, ModelValue.Date wanted)
    {
        var equal = wanted.Low <= value.Low && value.High <= wanted.High;
        return prefix switch
        {
            "" or "eq" => equal,
            "ne" => !equal,
            "gt" => value.High > wanted.High,
            "lt" => value.Low < wanted.Low,
            "ge" => value.High > wanted.High || equal,
            "le" => value.Low < wanted.Low || equal,
            "sa" => value.Low >= wanted.High,
            "eb" => value.High <= wanted.Low,
            _ => throw new InvalidOperationException(prefix),
        };
    }

    public static bool Quantity(ModelValue.Quantity value, string prefix, string digits, string? system, string? unit)
    {
        var wanted = Pools.Number(digits);
        var half = HalfStep(digits);
        if (unit is null) return Compare(value.Value, prefix, wanted, half);
        if (system == Pools.Ucum)
        {
            var (mine, theirs) = (Canonical(value.System, value.Code), Canonical(system, unit));
            return mine is not null && theirs is not null && mine.Value.Base == theirs.Value.Base
                && Compare(value.Value * mine.Value.Factor, prefix, wanted * theirs.Value.Factor, half * theirs.Value.Factor);
        }

        if (system is not null) return value.System == system && value.Code == unit && Compare(value.Value, prefix, wanted, half);
        return (value.Code == unit || value.Unit == unit) && Compare(value.Value, prefix, wanted, half);
    }

    public static bool Compare(decimal value, string prefix, decimal wanted, decimal half) => prefix switch
    {
        "" or "eq" => value >= wanted - half && value < wanted + half,
        "ne" => !(value >= wanted - half && value < wanted + half),
        "gt" or "sa" => value > wanted,
        "lt" or "eb" => value < wanted,
        "ge" => value >= wanted,
        "le" => value <= wanted,
        "ap" => value >= wanted - Math.Max(half, Math.Abs(wanted) / 10) && value <= wanted + Math.Max(half, Math.Abs(wanted) / 10),
        _ => throw new InvalidOperationException(prefix),
    };

    public static bool Uri(string value, string modifier, string wanted) => modifier switch
    {
        "below" => value == wanted || value.StartsWith(wanted + "/", StringComparison.Ordinal),
        "above" => value == wanted || wanted.StartsWith(value + "/", StringComparison.Ordinal),
        "contains" => value.Contains(wanted, StringComparison.Ordinal),
        _ => value == wanted,
    };

    /// <summary>Half of the last digit's place: 0.05 of 5.4, 5 of 1e2.</summary>
    private static decimal HalfStep(string digits)
    {
        var e = digits.IndexOf('e');
        var mantissa = e < 0 ? digits : digits[..e];
        var point = mantissa.IndexOf('.');
        var places = (point < 0 ? 0 : mantissa.Length - point - 1) - (e < 0 ? 0 : int.Parse(digits[(e + 1)..], System.Globalization.CultureInfo.InvariantCulture));
        var step = 0.5m;
        for (; places > 0; places--) step /= 10;
        for (; places < 0; places++) step *= 10;
        return step;
    }

    private static (string Base, decimal Factor)? Canonical(string? system, string? code) => (system, code) switch
    {
        (Pools.Ucum, "g") => ("g", 1m),
        (Pools.Ucum, "mg") => ("g", 0.001m),
        (Pools.Ucum, "ug") => ("g", 0.000001m),
        (Pools.Ucum, "mm[Hg]") => ("Pa", 133.322m),
        (Pools.Ucum, "kPa") => ("Pa", 1000m),
        _ => null,
    };
}
