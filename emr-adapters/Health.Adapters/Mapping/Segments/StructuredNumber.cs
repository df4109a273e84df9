using Health.Adapters.Mapping.Values;
using Health.Hl7v2;

namespace Health.Adapters.Mapping.Segments;

/// <summary>SN: comparator^number^separator^number to Quantity, Range or Ratio (the unit is that of both numbers); what is none of them stays text.</summary>
internal static class StructuredNumber
{
    public static void Write(Patch patch, SegmentView obx, MappingRun run)
    {
        var (comparator, separator) = (obx[5].Text(1), obx[5].Text(3));
        var (first, second) = (Quantities.Parse(obx[5].Component(2)), Quantities.Parse(obx[5].Component(4)));
        var unit = obx[6].Repetition(1);
        // A point between two whole numbers is a decimal point.
        if (separator == "." && second is not null && Quantities.Parse($"{obx[5].Text(2)}.{obx[5].Text(4)}") is { Comparator: null } point) (separator, first) = (null, point);
        if (separator is null && first is { } only && (comparator is null or "=" or "<" or ">" or "<=" or ">="))
        {
            ObxValue.RemoveOthers(patch, "valueQuantity");
            patch.Quantity("valueQuantity", only with { Comparator = comparator == "=" ? null : comparator }, unit, run);
        }
        else if (separator == "-" && first is { } low && second is { } high)
        {
            ObxValue.RemoveOthers(patch, "valueRange");
            patch.Object("valueRange");
            patch.Quantity("low", low, unit, run);
            patch.Quantity("high", high, unit, run);
            patch.End();
        }
        else if (separator is ":" or "/" && first is { } numerator && second is { } denominator)
        {
            ObxValue.RemoveOthers(patch, "valueRatio");
            patch.Object("valueRatio");
            patch.Quantity("numerator", numerator, unit, run);
            patch.Quantity("denominator", denominator, unit, run);
            patch.End();
        }
        else
        {
            Plain(patch, obx);
        }
    }

    /// <summary>As one reads it: the four parts without the delimiters.</summary>
    private static void Plain(Patch patch, SegmentView obx)
    {
        ObxValue.RemoveOthers(patch, "valueString");
        patch.Text("valueString", string.Concat(obx[5].Text(1), obx[5].Text(2), obx[5].Text(3), obx[5].Text(4)));
    }
}
