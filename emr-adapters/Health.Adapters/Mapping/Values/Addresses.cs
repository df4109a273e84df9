using Health.Hl7v2;

namespace Health.Adapters.Mapping.Values;

/// <summary>XAD to Address.</summary>
internal static class Addresses
{
    /// <param name="district">PID-12, which names the district of a sole address that names none.</param>
    public static void Address(this Patch patch, string? element, RepetitionView xad, string? district = null)
    {
        var (street, other) = (xad.Text(1, 1), xad.Text(2));
        var county = xad.Text(9) ?? district;
        if (street is null && other is null && county is null && xad.Text(3) is null && xad.Text(4) is null && xad.Text(5) is null && xad.Text(6) is null) return;
        patch.Object(element);
        patch.Text("use", Use(xad.Text(7)));
        patch.Text("type", xad.Text(7) is "M" or "SH" ? "postal" : null);
        if (street is not null && HumanNames.IsChinese(street)) patch.Text("text", string.Concat(xad.Text(4), xad.Text(3), county, street, other));
        patch.Array("line");
        patch.Item(street);
        patch.Item(xad.Text(1, 2));
        patch.Item(other);
        patch.End();
        patch.Text("city", xad.Text(3));
        patch.Text("district", county);
        patch.Text("state", xad.Text(4));
        patch.Text("postalCode", xad.Text(5));
        patch.Text("country", xad.Text(6));
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
