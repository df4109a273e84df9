using Health.Adapters.Mapping.Tables;
using Health.Hl7v2;

namespace Health.Adapters.Mapping.Values;

/// <summary>EI, CX and plain numbers to Identifier.</summary>
internal static class Identifiers
{
    public static void Identifier(this Patch patch, string? element, string? system, string? value, string? type = null)
    {
        if (value is null) return;
        patch.Object(element);
        if (type is not null) patch.Fixed("type", CodeSystems.IdentifierType, type);
        patch.Text("system", system);
        patch.Text("value", value);
        patch.End();
    }

    public static void Identifier(this Patch patch, string? element, string? system, ComponentView value, string? type = null)
    {
        if (!value.HasText()) return;
        patch.Object(element);
        if (type is not null) patch.Fixed("type", CodeSystems.IdentifierType, type);
        patch.Text("system", system);
        patch.Text("value", value);
        patch.End();
    }

    /// <summary>EI: number, namespace, universal id and its type. The institution's own kind of number when the authority is not universal.</summary>
    public static void Identifier(this Patch patch, string? element, RepetitionView ei, MappingRun run, string kind, string? type = null) =>
        patch.Identifier(element, Universal(ei.Text(3), ei.Text(4)) ?? run.OwnSystem(kind), ei.Component(1), type);

    /// <summary>
    /// CX, EI or a plain number: under the authority of CX.4 where it is universal, else under the institution's own kind of number, with
    /// type and validity where CX says them.
    /// </summary>
    /// <param name="type">Code of table 0203 that the field fixes; null takes CX.5.</param>
    public static void Numbered(this Patch patch, string? element, RepetitionView cx, MappingRun run, string kind, string? type = null)
    {
        if (!cx.Component(1).HasText()) return;
        patch.Object(element);
        if ((type ?? cx.Text(5)) is { } known && CodeableConcepts.IsCode(known)) patch.Fixed("type", CodeSystems.IdentifierType, known);
        patch.Text("system", UniversalOf(cx) ?? run.OwnSystem(kind));
        patch.Text("value", cx.Component(1));
        patch.Period(cx.Component(7), cx.Component(8), run);
        patch.End();
    }

    /// <summary>One half of an EIP: an EI whose parts are subcomponents.</summary>
    public static void Identifier(this Patch patch, string? element, ComponentView ei, MappingRun run, string kind, string? type) =>
        patch.Identifier(element, Universal(ei.Sub(3).Text(), ei.Sub(4).Text()) ?? run.OwnSystem(kind), ei.Sub(1), type);

    /// <summary>The system that the assigning authority of a CX stands for; null when it is a name of the sender's own.</summary>
    public static string? UniversalOf(RepetitionView cx) => Universal(cx.Text(4, 2), cx.Text(4, 3));

    /// <summary>The system of a universal id: ISO, UUID, URI. Null for namespaces of the sender's own.</summary>
    public static string? Universal(string? id, string? type) => (id, type) switch
    {
        (null, _) => null,
        (_, "ISO") => $"urn:oid:{id}",
        (_, "UUID") => $"urn:uuid:{id}",
        (_, "URI") => id,
        _ => null,
    };
}
