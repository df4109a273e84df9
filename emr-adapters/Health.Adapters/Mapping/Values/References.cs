using Health.Hl7v2;

namespace Health.Adapters.Mapping.Values;

/// <summary>
/// References by identifier: staff and places are the institution's own numbers. A resource of its own for each would be written again by
/// every message that names it.
/// </summary>
internal static class References
{
    public static void Reference(this Patch patch, string? element, string type, string? id)
    {
        if (id is null) return;
        patch.Object(element);
        patch.Text("reference", $"{type}/{id}");
        patch.End();
    }

    /// <summary>XCN, or CNN as it stands in NDL.1.</summary>
    public static void Practitioner(this Patch patch, string? element, RepetitionView xcn, MappingRun run) =>
        patch.Staff(element, run, xcn.Text(1), PractitionerName(xcn.Text(2, 1), xcn.Text(3)));

    public static void Staff(this Patch patch, string? element, MappingRun run, string? number, string? name)
    {
        if (number is null && name is null) return;
        patch.Object(element);
        patch.Text("type", "Practitioner");
        patch.Identifier("identifier", run.OwnSystem("practitioner"), number);
        patch.Text("display", name);
        patch.End();
    }

    /// <summary>XON: name and organization id.</summary>
    public static void Organization(this Patch patch, string? element, RepetitionView xon, MappingRun run)
    {
        var (name, number) = (xon.Text(1), xon.Text(10) ?? xon.Text(3));
        if (name is null && number is null) return;
        patch.Object(element);
        patch.Text("type", "Organization");
        patch.Identifier("identifier", run.OwnSystem("organization"), number);
        patch.Text("display", name);
        patch.End();
    }

    /// <summary>PL: point of care, room, bed; facility, building, floor only as part of the name.</summary>
    public static void Location(this Patch patch, string? element, RepetitionView pl, MappingRun run)
    {
        string?[] parts = [pl.Text(1), pl.Text(2), pl.Text(3)];
        var number = string.Join('/', parts.Where(part => part is not null));
        var name = string.Join(' ', new[] { pl.Text(7), pl.Text(8) }.Concat(parts).Where(part => part is not null));
        if (name.Length == 0) name = pl.Text(4, 1) ?? pl.Text(9) ?? "";
        if (name.Length == 0) return;
        patch.Object(element);
        patch.Text("type", "Location");
        patch.Identifier("identifier", run.OwnSystem("location"), number.Length == 0 ? null : number);
        patch.Text("display", name);
        patch.End();
    }

    private static string? PractitionerName(string? family, string? given)
    {
        if (family is null || given is null) return family ?? given;
        return HumanNames.IsChinese(family) ? family + given : $"{given} {family}";
    }
}
