using System.Collections.Concurrent;
using System.Globalization;

namespace Health.Fhir.Search;

/// <summary>
/// UCUM units brought to base units, so that 5 mg finds 0.005 g (http://hl7.org/fhir/R4/search.html#quantity): what <see cref="UnitExpression"/> reads, and
/// temperatures. A unit that is none of these (pH, arbitrary titres) keeps only its own code. The package Fhir.Metrics would cover all, but does not start
/// without ICU.
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

    private static CanonicalUnits? Compute(string code) => code switch
    {
        // Degrees are no factor of anything, so they stand alone.
        "Cel" => new CanonicalUnits("K1", 1, 273.15),
        "[degF]" => new CanonicalUnits("K1", 5.0 / 9, 459.67 * 5 / 9),
        _ => UnitExpression.Read(code) is { } read && double.IsNormal(read.Factor) ? new CanonicalUnits(read.ToString(), read.Factor) : null,
    };
}
