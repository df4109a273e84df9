using System.Globalization;

namespace Health.Fhir.Search;

/// <summary>A number as it is compared: the interval from <paramref name="Low"/> to <paramref name="High"/>, both inclusive; infinite where open.</summary>
public readonly record struct NumberRange(double Low, double High)
{
    private const NumberStyles Style = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;

    /// <summary>The exact value, as it is indexed: the precision of a stored number plays no part in a search.</summary>
    public static bool TryParse(string text, out double value) =>
        double.TryParse(text, Style, CultureInfo.InvariantCulture, out value) && double.IsFinite(value);

    /// <summary>
    /// What a searched number means without a prefix: its implicit range, 100 = [99.5, 100.5), 100.00 = [99.995, 100.005), 1e2 = [95, 105)
    /// (http://hl7.org/fhir/R4/search.html#number). Computed in decimal so that the ends are exact. The standard reads 1e2 as 1.0e2: a mantissa
    /// without point has one digit more than is written.
    /// </summary>
    public static bool TryImplicit(string text, out NumberRange range)
    {
        range = default;
        if (!TryParse(text, out var value)) return false;
        var exponentAt = text.AsSpan().IndexOfAny('e', 'E');
        var mantissa = exponentAt < 0 ? text : text[..exponentAt];
        var exponent = 0;
        // An exponent beyond what a double can hold rounds the whole number to zero; its range would be no range at all.
        if (exponentAt >= 0 && (!int.TryParse(text.AsSpan(exponentAt + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out exponent) || exponent is < -400 or > 400)) return false;
        var point = mantissa.IndexOf('.');
        var digits = point < 0 ? exponentAt < 0 ? 0 : 1 : mantissa.Length - point - 1;
        var decimals = digits - exponent;
        if (Math.Abs(decimals) < 20 && decimal.TryParse(text, Style, CultureInfo.InvariantCulture, out var exact) && Math.Abs(exact) < 1e20m)
        {
            var half = 0.5m;
            for (var i = 0; i < Math.Abs(decimals); i++) half = decimals > 0 ? half / 10 : half * 10;
            range = new NumberRange((double)(exact - half), (double)(exact + half));
            return true;
        }
        var step = 0.5 * Math.Pow(10, -decimals);
        range = new NumberRange(value - step, value + step);
        return true;
    }
}
