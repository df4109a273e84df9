using System.Text.Json;

namespace Health.Fhir.Search;

/// <summary>http://hl7.org/fhir/R4/search.html#quantity and #number.</summary>
public static class QuantityValues
{
    public static void Emit(string parameter, string type, JsonElement element, IIndexSink sink)
    {
        if (element.ValueKind == JsonValueKind.Number)
        {
            if (NumberRange.TryParse(element.GetRawText(), out var number)) sink.Number(parameter, new NumberRange(number, number), null, null, null);
            return;
        }
        if (element.ValueKind != JsonValueKind.Object) return;
        if (type == "Range") EmitRange(parameter, element, sink);
        else if (type == "Money") EmitOne(parameter, element, "urn:iso:std:iso:4217", ElementValues.Text(element, "currency"), null, sink);
        else EmitOne(parameter, element, ElementValues.Text(element, "system"), ElementValues.Text(element, "code"), ElementValues.Text(element, "unit"), sink);
    }

    private static void EmitOne(string parameter, JsonElement quantity, string? system, string? code, string? unit, IIndexSink sink)
    {
        if (ValueOf(quantity) is not { } value) return;
        // "<5" is anything below: an interval open to that side.
        var range = ElementValues.Text(quantity, "comparator") switch
        {
            "<" or "<=" => new NumberRange(double.NegativeInfinity, value),
            ">" or ">=" => new NumberRange(value, double.PositiveInfinity),
            _ => new NumberRange(value, value),
        };
        sink.Number(parameter, range, system, code, unit);
    }

    private static void EmitRange(string parameter, JsonElement range, IIndexSink sink)
    {
        var hasLow = range.TryGetProperty("low", out var low);
        var hasHigh = range.TryGetProperty("high", out var high);
        var lower = hasLow ? ValueOf(low) : null;
        var upper = hasHigh ? ValueOf(high) : null;
        if (lower is null && upper is null) return;
        var unit = lower is not null ? low : high;
        sink.Number(parameter, new NumberRange(lower ?? double.NegativeInfinity, upper ?? double.PositiveInfinity),
            ElementValues.Text(unit, "system"), ElementValues.Text(unit, "code"), ElementValues.Text(unit, "unit"));
    }

    private static double? ValueOf(JsonElement quantity) =>
        quantity.ValueKind == JsonValueKind.Object && quantity.TryGetProperty("value", out var value) && value.ValueKind == JsonValueKind.Number
            && NumberRange.TryParse(value.GetRawText(), out var number) ? number : null;
}
