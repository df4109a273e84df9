using Health.Hl7v2;

namespace Health.Adapters.Mapping.Values;

/// <summary>XTN to ContactPoint; the plain number of older versions (XTN.1), the parts of newer ones (XTN.4 to 8) and XTN.12.</summary>
internal static class ContactPoints
{
    public static void Telecom(this Patch patch, RepetitionView xtn, string? defaultUse)
    {
        if (ValueOf(xtn) is not { } value) return;
        var (use, type) = (xtn.Text(2), xtn.Text(3));
        patch.Object();
        patch.Text("system", System(type, use, value));
        patch.Text("value", value);
        patch.Text("use", type == "CP" ? "mobile" : Use(use) ?? (use is null ? defaultUse : null));
        patch.End();
    }

    /// <summary>The number or address as one would dial or write it.</summary>
    public static string? ValueOf(RepetitionView xtn)
    {
        if (IsMail(xtn)) return xtn.Text(4) ?? xtn.Text(1);
        if (xtn.Text(12) is { } unformatted) return unformatted;
        if (xtn.Text(7) is not { } local) return xtn.Text(1);
        var country = xtn.Text(5) is { } code ? $"+{code.TrimStart('+')} " : "";
        var area = xtn.Text(6) is { } region ? $"{region} " : "";
        var extension = xtn.Text(8) is { } inner ? $" ext. {inner}" : "";
        return $"{country}{area}{local}{extension}";
    }

    private static bool IsMail(RepetitionView xtn) =>
        xtn.Text(3) is "Internet" or "X.400" || (xtn.Text(2) == "NET" && xtn.Text(3) is null) || (xtn.Text(3) is null && xtn.Text(7) is null && xtn.Text(1) is null && xtn.Text(4) is not null);

    private static string System(string? type, string? use, string value) => type switch
    {
        "PH" or "CP" => "phone",
        "FX" => "fax",
        "BP" => "pager",
        "Internet" or "X.400" => "email",
        "MD" or "SAT" or "TDD" or "TTY" => "other",
        _ => use == "NET" || value.Contains('@', StringComparison.Ordinal) ? "email" : "phone",
    };

    private static string? Use(string? use) => use switch { "PRN" => "home", "WPN" => "work", "PRS" => "mobile", _ => null };
}
