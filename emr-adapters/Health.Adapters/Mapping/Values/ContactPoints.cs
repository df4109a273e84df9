using Health.Hl7v2;

namespace Health.Adapters.Mapping.Values;

/// <summary>XTN to ContactPoint; the plain number of older versions (XTN.1), the parts of newer ones (XTN.4 to 8) and XTN.12.</summary>
internal static class ContactPoints
{
    /// <param name="defaultUse">What the field stands for: said where XTN.2 is silent or no use in FHIR (NET, EMR).</param>
    public static void Telecom(this Patch patch, RepetitionView xtn, string? defaultUse)
    {
        var whole = Whole(xtn);
        var parts = whole is null ? Parts(xtn) : null;
        if (parts is null && whole?.HasText() != true) return;
        var (use, type) = (xtn.Text(2), xtn.Text(3));
        patch.Object();
        patch.Text("system", System(type, use, whole?.Bytes.Contains((byte)'@') ?? parts!.Contains('@', StringComparison.Ordinal)));
        if (whole is { } value) patch.Text("value", value);
        else patch.Text("value", parts);
        patch.Text("use", type == "CP" ? "mobile" : Use(use) ?? defaultUse);
        patch.End();
    }

    /// <summary>The number or address as one would dial or write it.</summary>
    public static string? ValueOf(RepetitionView xtn) => Whole(xtn) is { } whole ? whole.Text() : Parts(xtn);

    /// <summary>The component that says it all; null when the number must be put together.</summary>
    private static ComponentView? Whole(RepetitionView xtn)
    {
        if (IsMail(xtn)) return xtn.Component(4).Or(xtn.Component(1));
        if (xtn.Component(12) is var unformatted && unformatted.HasText()) return unformatted;
        return xtn.Component(7).HasText() ? null : xtn.Component(1);
    }

    private static string Parts(RepetitionView xtn)
    {
        var country = xtn.Text(5) is { } code ? $"+{code.TrimStart('+')} " : "";
        var area = xtn.Text(6) is { } region ? $"{region} " : "";
        var extension = xtn.Text(8) is { } inner ? $" ext. {inner}" : "";
        return $"{country}{area}{xtn.Text(7)}{extension}";
    }

    private static bool IsMail(RepetitionView xtn) => xtn.Text(3) switch
    {
        "Internet" or "X.400" => true,
        null => xtn.Text(2) == "NET" || (!xtn.Component(7).HasText() && !xtn.Component(1).HasText() && xtn.Component(4).HasText()),
        _ => false,
    };

    private static string System(string? type, string? use, bool hasAt) => type switch
    {
        "PH" or "CP" => "phone",
        "FX" => "fax",
        "BP" => "pager",
        "Internet" or "X.400" => "email",
        "MD" or "SAT" or "TDD" or "TTY" => "other",
        _ => use == "NET" || hasAt ? "email" : "phone",
    };

    private static string? Use(string? use) => use switch { "PRN" or "ORN" or "VHN" => "home", "WPN" => "work", "PRS" => "mobile", _ => null };
}
