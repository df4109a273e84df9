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

    private static string? Known(string name) => name.ToUpperInvariant() switch
    {
        "LN" or "LOINC" => "http://loinc.org",
        "SCT" or "SNOMED" or "SNOMED-CT" => "http://snomed.info/sct",
        "UCUM" => Ucum,
        "I10" or "ICD10" or "ICD-10" => "http://hl7.org/fhir/sid/icd-10",
        "I10C" or "ICD10CM" => "http://hl7.org/fhir/sid/icd-10-cm",
        "I9C" or "ICD9CM" or "I9CDX" => "http://hl7.org/fhir/sid/icd-9-cm",
        "I9" => "http://terminology.hl7.org/CodeSystem/icd9",
        "ICD9CM3" or "I9CM3" or "ICD-9-CM-3" => National + "2.3.3.12",
        "GBT14396" or "GB/T 14396" => National + "2.3.3.11.3",
        "GBT15657" or "GB/T 15657" => National + "2.3.3.14",
        "CVX" => "http://hl7.org/fhir/sid/cvx",
        "MVX" => "http://hl7.org/fhir/sid/mvx",
        "NDC" => "http://hl7.org/fhir/sid/ndc",
        "RXNORM" => "http://www.nlm.nih.gov/research/umls/rxnorm",
        "C4" or "CPT" or "CPT4" => "http://www.ama-assn.org/go/cpt",
        "CDCREC" => "urn:oid:2.16.840.1.113883.6.238",
        "ISO639" => "urn:ietf:bcp:47",
        { Length: 7 } table when table.StartsWith("HL7", StringComparison.Ordinal) && table.AsSpan(3).IndexOfAnyExceptInRange('0', '9') < 0 =>
            $"http://terminology.hl7.org/CodeSystem/v2-{table[3..]}",
        _ => null,
    };

    /// <summary>A name as one segment of a URN.</summary>
    private static string Token(string name) => Uri.EscapeDataString(name.Trim());
}
