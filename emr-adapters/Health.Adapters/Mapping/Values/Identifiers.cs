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
