using Health.Hl7v2;

namespace Health.Adapters.Mapping.Values;

/// <summary>XAD to Address.</summary>
internal static class Addresses
{
    /// <param name="district">PID-12, which names the district of a sole address that names none.</param>
    public static void Address(this Patch patch, string? element, RepetitionView xad, MappingRun run, ComponentView district = default)
    {
        var (street, other, county) = (xad.Component(1).Sub(1), xad.Component(2), xad.Component(9).Or(district));
        patch.Object(element);
        if (!street.HasText() && !other.HasText() && !county.HasText() && !xad.Component(3).Or(xad.Component(4)).Or(xad.Component(5)).Or(xad.Component(6)).HasText())
        {
            patch.End();
            return;
        }

        var type = xad.Text(7);
        patch.Text("use", Use(type));
        patch.Text("type", type is "M" or "SH" ? "postal" : null);
        if (street.Text() is { } line && HumanNames.IsChinese(line)) patch.Text("text", string.Concat(xad.Text(4), xad.Text(3), county.Text()) + line + other.Text());
        patch.Array("line");
        patch.Text(null, street);
        patch.Text(null, xad.Component(1).Sub(2));
        patch.Text(null, other);
        patch.End();
        patch.Text("city", xad.Component(3));
        patch.Text("district", county);
        patch.Text("state", xad.Component(4));
        patch.Text("postalCode", xad.Component(5));
        patch.Text("country", xad.Component(6));
        // XAD-12, the range of versions before 2.7, counts where its successors say nothing.
        if (xad.Component(13).Or(xad.Component(14)).HasText()) patch.Period(xad.Component(13), xad.Component(14), run);
        else patch.Period(xad.Component(12).Sub(1), xad.Component(12).Sub(2), run);
        patch.End();
    }

    private static string? Use(string? type) => type switch
    {
        "H" => "home",
        "B" or "O" => "work",
        "C" => "temp",
        "BA" => "old",
        "BI" => "billing",
        _ => null,
    };
}
