using System.Collections.Frozen;

namespace Health.Adapters.Mapping.Tables;

/// <summary>Coding system names of CWE.3 (HL7 table 0396 and national ones) to FHIR system URIs.</summary>
internal static class CodeSystems
{
    public const string ActCode = "http://terminology.hl7.org/CodeSystem/v3-ActCode";
    public const string NullFlavor = "http://terminology.hl7.org/CodeSystem/v3-NullFlavor";
    public const string ObservationCategory = "http://terminology.hl7.org/CodeSystem/observation-category";
    public const string Interpretation = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation";
    public const string ParticipationType = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType";
    public const string IdentifierType = "http://terminology.hl7.org/CodeSystem/v2-0203";
    public const string Ucum = "http://unitsofmeasure.org";
    private const string National = "urn:oid:2.16.156.10011.";
    private const string OwnRoot = "urn:health:institution:";
    private const string TableRoot = "http://terminology.hl7.org/CodeSystem/v2-";

    /// <summary>Systems and the names senders call them by; the first is the one this platform writes.</summary>
    private static readonly (string System, string[] Names)[] Named =
    [
        ("http://loinc.org", ["LN", "LOINC"]),
        ("http://snomed.info/sct", ["SCT", "SNOMED", "SNOMED-CT"]),
        (Ucum, ["UCUM"]),
        ("http://hl7.org/fhir/sid/icd-10", ["I10", "ICD10", "ICD-10"]),
        ("http://hl7.org/fhir/sid/icd-10-cm", ["I10C", "ICD10CM"]),
        ("http://hl7.org/fhir/sid/icd-9-cm", ["I9C", "ICD9CM", "I9CDX"]),
        ("http://terminology.hl7.org/CodeSystem/icd9", ["I9"]),
        (National + "2.3.3.12", ["ICD9CM3", "I9CM3", "ICD-9-CM-3"]),
        (National + "2.3.3.11.3", ["GB/T 14396", "GBT14396"]),
        (National + "2.3.3.14", ["GB/T 15657", "GBT15657"]),
        ("http://hl7.org/fhir/sid/cvx", ["CVX"]),
        ("http://hl7.org/fhir/sid/mvx", ["MVX"]),
        ("http://hl7.org/fhir/sid/ndc", ["NDC"]),
        ("http://www.nlm.nih.gov/research/umls/rxnorm", ["RXNORM"]),
        ("http://www.ama-assn.org/go/cpt", ["C4", "CPT", "CPT4"]),
        ("urn:oid:2.16.840.1.113883.6.238", ["CDCREC"]),
        ("urn:ietf:bcp:47", ["ISO639"]),
    ];

    private static readonly FrozenDictionary<string, string> ByName =
        Named.SelectMany(entry => entry.Names.Select(name => (name, entry.System))).ToFrozenDictionary(one => one.name, one => one.System, StringComparer.OrdinalIgnoreCase);

    private static readonly FrozenDictionary<string, string> NamesOf = Named.ToFrozenDictionary(entry => entry.System, entry => entry.Names[0], StringComparer.Ordinal);

    /// <param name="name">CWE.3; null and <c>L</c> mean the institution's own codes of that place.</param>
    /// <param name="suffix">Component of the place, such as <c>.4</c> for the alternate code.</param>
    public static string Of(string? name, MappingRun run, string place, string suffix = "") => run.Names.CodeSystem(name, place, suffix);

    public static string Resolve(string? name, string place, IReadOnlyDictionary<string, string> local, SourceNames names)
    {
        if (name is null or "L" or "99zzz") return local.GetValueOrDefault(place) ?? names.OwnSystem($"codes:{place}");
        return local.GetValueOrDefault(name) ?? Known(name) ?? names.OwnSystem($"codes:{Token(name)}");
    }

    /// <summary>Whether a coding system name (CWE.3) is one that everybody reads the same; HL7's own tables are.</summary>
    public static bool IsKnown(string? name) => name is not null && Known(name) is not null;

    /// <summary>The name of a system in CWE.3, as this platform writes it: <c>L</c> for an institution's own codes, else the URI where there is no name.</summary>
    public static string NameOf(string system)
    {
        if (NamesOf.TryGetValue(system, out var name)) return name;
        // The codes of table 0002 are those of v3.
        if (system == "http://terminology.hl7.org/CodeSystem/v3-MaritalStatus") return "HL70002";
        if (system.StartsWith(OwnRoot, StringComparison.Ordinal)) return "L";
        return system.StartsWith(TableRoot, StringComparison.Ordinal) ? $"HL7{system[TableRoot.Length..]}" : system;
    }

    private static string? Known(string name) => ByName.TryGetValue(name, out var system) ? system : name.ToUpperInvariant() switch
    {
        { Length: 7 } table when table.StartsWith("HL7", StringComparison.Ordinal) && table.AsSpan(3).IndexOfAnyExceptInRange('0', '9') < 0 => $"{TableRoot}{table[3..]}",
        _ => null,
    };

    /// <summary>A name as one segment of a URN.</summary>
    private static string Token(string name) => Uri.EscapeDataString(name.Trim());
}
