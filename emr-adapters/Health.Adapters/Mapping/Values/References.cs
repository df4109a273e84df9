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
        patch.Text("reference", Prefix(type), id);
        patch.End();
    }

    /// <summary>An array of references to resources of one type.</summary>
    public static void ReferenceList(this Patch patch, string element, string type, IReadOnlyList<string> ids)
    {
        patch.Array(element);
        foreach (var id in ids) patch.Reference(null, type, id);
        patch.End();
    }

    private static string Prefix(string type) => type switch
    {
        "Patient" => "Patient/",
        "Encounter" => "Encounter/",
        "Organization" => "Organization/",
        "Observation" => "Observation/",
        "Specimen" => "Specimen/",
        "ServiceRequest" => "ServiceRequest/",
        "Condition" => "Condition/",
        _ => $"{type}/",
    };

    /// <summary>XCN, or CNN as it stands in NDL.1.</summary>
    public static void Practitioner(this Patch patch, string? element, RepetitionView xcn, MappingRun run)
    {
        var (number, family, given) = (xcn.Component(1), xcn.Component(2).Sub(1), xcn.Component(3));
        if (given.HasText() && family.HasText()) patch.Staff(element, run, number, family, given);
        else patch.Staff(element, run, number, family.Or(given));
    }

    /// <summary>A number and a name in one piece.</summary>
    public static void Staff(this Patch patch, string? element, MappingRun run, ComponentView number, ComponentView name) => patch.Acting("Practitioner", "practitioner", element, run, number, name);

    /// <summary>A number and a name in two parts: Chinese ones without a space, family first.</summary>
    public static void Staff(this Patch patch, string? element, MappingRun run, ComponentView number, ComponentView family, ComponentView given)
    {
        var (one, two) = (family.Text(), given.Text());
        var name = one is null || two is null ? one ?? two : HumanNames.IsChinese(one) ? one + two : $"{two} {one}";
        if (!number.HasText() && name is null) return;
        patch.Object(element);
        patch.Text("type", "Practitioner");
        patch.Identifier("identifier", run.OwnSystem("practitioner"), number);
        patch.Text("display", name);
        patch.End();
    }

    /// <summary>XON: name and organization id.</summary>
    public static void Organization(this Patch patch, string? element, RepetitionView xon, MappingRun run) =>
        patch.Acting("Organization", "organization", element, run, xon.Component(10).Or(xon.Component(3)), xon.Component(1));

    /// <summary>An organization by its number and name.</summary>
    public static void Organization(this Patch patch, string? element, MappingRun run, ComponentView number, ComponentView name) => patch.Acting("Organization", "organization", element, run, number, name);

    /// <summary>PL: point of care, room, bed; facility, building, floor only as part of the name.</summary>
    public static void Location(this Patch patch, string? element, RepetitionView pl, MappingRun run)
    {
        var (point, room, bed, building, floor) = (pl.Text(1, 1), pl.Text(2, 1), pl.Text(3, 1), pl.Text(7, 1), pl.Text(8, 1));
        var number = Join('/', point, room, bed);
        var name = Join(' ', Join(' ', building, floor), Join(' ', point, room, bed)) ?? pl.Text(4, 1) ?? pl.Text(9);
        if (name is null) return;
        patch.Object(element);
        patch.Text("type", "Location");
        patch.Identifier("identifier", run.OwnSystem("location"), number);
        patch.Text("display", name);
        patch.End();
    }

    private static void Acting(this Patch patch, string type, string kind, string? element, MappingRun run, ComponentView number, ComponentView name)
    {
        if (!number.HasText() && !name.HasText()) return;
        patch.Object(element);
        patch.Text("type", type);
        patch.Identifier("identifier", run.OwnSystem(kind), number);
        patch.Text("display", name);
        patch.End();
    }

    private static string? Join(char between, string? first, string? second) => first is null ? second : second is null ? first : string.Concat(first, between.ToString(), second);

    private static string? Join(char between, string? first, string? second, string? third) => Join(between, Join(between, first, second), third);
}
