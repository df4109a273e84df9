using System.Globalization;
using Health.Adapters.Mapping.Values;
using Health.Hl7v2;

namespace Health.Adapters.Mapping.Segments;

/// <summary>OBX-7 to Observation.referenceRange: always as text, and as bounds where it reads <c>low-high</c>, <c>&lt; high</c> or <c>&gt; low</c>.</summary>
internal static class ReferenceRange
{
    private static readonly string[] Separators = ["-", "--", "~", "～", "—", "–"];

    public static void Write(Patch patch, SegmentView obx, MappingRun run)
    {
        if (!patch.Says("referenceRange", obx[7])) return;
        var text = obx[7].ToText().Trim();
        var (low, high) = Bounds(text);
        var unit = obx[6].Repetition(1);
        patch.Array("referenceRange");
        patch.Object();
        if (low is not null) patch.Quantity("low", new Quantities.Amount(null, low), unit, run);
        if (high is not null) patch.Quantity("high", new Quantities.Amount(null, high), unit, run);
        patch.Text("text", text);
        patch.End();
        patch.End();
    }

    private static (string? Low, string? High) Bounds(string text)
    {
        if (Quantities.Parse(text) is { Comparator: { } comparator } single)
            return comparator[0] == '<' ? (null, single.Number) : (single.Number, null);
        foreach (var separator in Separators)
        {
            // Not at the beginning: that is a sign.
            var at = text.Length < 2 ? -1 : text.IndexOf(separator, 1, StringComparison.Ordinal);
            if (at < 0) continue;
            if (Quantities.Parse(text[..at]) is { Comparator: null } low && Quantities.Parse(text[(at + separator.Length)..]) is { Comparator: null } high && InOrder(low, high))
                return (low.Number, high.Number);
        }

        return default;
    }

    private static bool InOrder(Quantities.Amount low, Quantities.Amount high) =>
        decimal.TryParse(low.Number, NumberStyles.Number, CultureInfo.InvariantCulture, out var least)
        && decimal.TryParse(high.Number, NumberStyles.Number, CultureInfo.InvariantCulture, out var most) && least <= most;
}
