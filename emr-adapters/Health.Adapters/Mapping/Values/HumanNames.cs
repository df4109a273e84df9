using Health.Hl7v2;

namespace Health.Adapters.Mapping.Values;

/// <summary>
/// XPN to HumanName. A Chinese name usually comes whole in XPN.1: it becomes text and is not split by guess; family and given appear
/// only when the sender separates them.
/// </summary>
internal static class HumanNames
{
    private const string Representation = "http://hl7.org/fhir/StructureDefinition/iso21090-EN-representation";

    public static void Name(this Patch patch, string? element, RepetitionView xpn, MappingRun run)
    {
        var (family, given) = (xpn.Component(1).Sub(1), xpn.Component(2));
        var (hasFamily, hasGiven) = (family.HasText(), given.HasText());
        if (!hasFamily && !hasGiven) return;
        patch.Object(element);
        if (RepresentationCode(xpn.Text(8)) is { } representation)
        {
            patch.Array("extension");
            patch.Object();
            patch.Text("url", Representation);
            patch.Text("valueCode", representation);
            patch.End();
            patch.End();
        }

        patch.Text("use", Use(xpn.Text(7)));
        if (!hasGiven) patch.Text("text", family);
        else patch.Text("text", TextOf(xpn));
        if (hasGiven)
        {
            patch.Text("family", family);
            patch.Array("given");
            patch.Text(null, given);
            patch.Text(null, xpn.Component(3));
            patch.End();
        }

        Single(patch, "prefix", xpn.Component(5));
        patch.Array("suffix");
        patch.Text(null, xpn.Component(4));
        patch.Text(null, xpn.Component(6));
        patch.Text(null, xpn.Component(14));
        patch.End();
        patch.Period(xpn.Component(12), xpn.Component(13), run);
        patch.End();
    }

    /// <summary>The name as one reads it: Chinese parts without a space, family first; others prefix, given, middle, family, suffix.</summary>
    public static string? TextOf(RepetitionView xpn)
    {
        var (family, given) = (xpn.Text(1, 1), xpn.Text(2));
        if (given is null) return family;
        if (IsChinese(family ?? given)) return family + given;
        return string.Join(' ', new[] { xpn.Text(5), given, xpn.Text(3), family, xpn.Text(4) }.Where(part => part is not null));
    }

    /// <summary>Written in Han characters, those beyond the basic plane included.</summary>
    public static bool IsChinese(string text) => text.AsSpan().ContainsAnyInRange('\u3400', '\u9fff') || text.AsSpan().ContainsAnyInRange('\ud840', '\ud888');

    private static void Single(Patch patch, string element, ComponentView value)
    {
        patch.Array(element);
        patch.Text(null, value);
        patch.End();
    }

    private static string? Use(string? type) => type switch
    {
        "L" or "R" => "official",
        "D" => "usual",
        "M" => "maiden",
        "N" => "nickname",
        "S" or "MSK" => "anonymous",
        "BAD" or "NOUSE" => "old",
        "TEMP" or "NAV" => "temp",
        _ => null,
    };

    private static string? RepresentationCode(string? code) => code switch { "A" => "ABC", "I" => "IDE", "P" => "SYL", _ => null };
}
