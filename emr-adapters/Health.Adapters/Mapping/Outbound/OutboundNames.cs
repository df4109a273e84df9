using Health.Adapters.Mapping.Tables;
using Health.Contracts;

namespace Health.Adapters.Mapping.Outbound;

/// <summary>What a receiver calls things: assigning authorities, code systems, and the zone it lives in.</summary>
/// <param name="Application">MSH-3 of what is sent; also the namespace of numbers that are the platform's own.</param>
/// <param name="Authorities">Institution code to the name the receiver knows it by (CX.4, EI.2); others keep their code.</param>
/// <param name="CodeSystemNames">FHIR system to the name of CWE.3, before the names of HL7.</param>
internal sealed record OutboundNames(
    string Application, TimeSpan Zone, IReadOnlyDictionary<string, string> Authorities, IReadOnlyDictionary<string, string> CodeSystemNames)
{
    private const string OwnRoot = "urn:health:institution:";

    public string CodeSystem(string? system) => system is null ? "" : CodeSystemNames.GetValueOrDefault(system) ?? CodeSystems.NameOf(system);

    public string Authority(string institution) => Authorities.GetValueOrDefault(institution) ?? institution;

    /// <summary>A patient number as CX. The system says authority and kind; the type as stored is stronger.</summary>
    public string Cx(string? system, string value, string? type)
    {
        if (OwnKind(system) is var (institution, kind))
            return Er7.Values(value, null, null, Authority(institution), type ?? (kind == "patient" ? "MR" : kind == "visit" ? "VN" : Kind(kind)));
        var (authority, standard) = system switch
        {
            IdentifierSystems.ResidentId => (Oid(system), "NI"),
            IdentifierSystems.HealthCard => (Oid(system), "HC"),
            IdentifierSystems.MedicalInsuranceCard => (Oid(system), "YB"),
            IdentifierSystems.CityCard => (Er7.Text("绵州通"), "MZT"),
            _ => (Oid(system), null),
        };
        return Er7.Components(Er7.Text(value), "", "", authority, Er7.Text(standard ?? type));
    }

    /// <summary>A number as EI.</summary>
    public string Ei(string? system, string value) => OwnKind(system) is var (institution, _)
        ? Er7.Values(value, Authority(institution))
        : system is null ? Er7.Values(value)
        : system.StartsWith("urn:oid:", StringComparison.Ordinal) ? Er7.Values(value, null, system[8..], "ISO")
        : Er7.Values(value, null, system, "URI");

    /// <summary>A number of the platform's own, where the record has none.</summary>
    public string PlatformEi(string id) => Er7.Values(id, Application);

    private static (string Institution, string Kind)? OwnKind(string? system)
    {
        if (system is null || !system.StartsWith(OwnRoot, StringComparison.Ordinal)) return null;
        var rest = system[OwnRoot.Length..];
        var colon = rest.IndexOf(':', StringComparison.Ordinal);
        return colon > 0 ? (rest[..colon], rest[(colon + 1)..]) : null;
    }

    /// <summary><c>identifier:XX</c> is a number of table 0203 that has no national system; other kinds have no type.</summary>
    private static string? Kind(string kind) =>
        kind.StartsWith("identifier:", StringComparison.Ordinal) ? Uri.UnescapeDataString(kind["identifier:".Length..]) : null;

    private static string Oid(string? system) =>
        system is null ? "" : system.StartsWith("urn:oid:", StringComparison.Ordinal) ? Er7.Sub(null, system[8..], "ISO") : Er7.Sub(null, system, "URI");
}
