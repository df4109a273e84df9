namespace Health.Adapters.Mapping.Tables;

/// <summary>HL7 tables and their national counterparts (GB/T 2261) by field.</summary>
internal static class CodeTables
{
    private const string V2 = "http://terminology.hl7.org/CodeSystem/v2-";

    /// <summary>Table 0004 to v3 ActCode; the rest of the table keeps its own codes.</summary>
    public static readonly CodeTable EncounterClass = new CodeTable(new Dictionary<string, KnownCode>
    {
        ["E"] = new(CodeSystems.ActCode, "EMER", "emergency"),
        ["I"] = new(CodeSystems.ActCode, "IMP", "inpatient encounter"),
        ["O"] = new(CodeSystems.ActCode, "AMB", "ambulatory"),
        ["P"] = new(CodeSystems.ActCode, "PRENC", "pre-admission"),
    }).Or(CodeTable.Of(V2 + "0004", "R", "B", "C", "N", "U"));

    /// <summary>Table 0002 to v3 MaritalStatus, and GB/T 2261.2.</summary>
    public static readonly CodeTable MaritalStatus = CodeTable
        .Of("http://terminology.hl7.org/CodeSystem/v3-MaritalStatus", "A", "D", "M", "S", "W", "P", "T")
        .Or(CodeTable.Of("urn:oid:2.16.156.10011.2.3.3.5", "10", "20", "21", "22", "23", "30", "40", "90"));

    public static readonly CodeTable AdmissionType = CodeTable.Of(V2 + "0007", "A", "C", "E", "L", "N", "R", "U");
    public static readonly CodeTable AdmitSource = CodeTable.Of(V2 + "0023", "1", "2", "3", "4", "5", "6", "7", "8", "9");
    public static readonly CodeTable Relationship = CodeTable.Of(
        V2 + "0063", "SEL", "SPO", "DOM", "CHD", "GCH", "NCH", "SCH", "FCH", "DEP", "WRD", "PAR", "MTH", "FTH", "CGV", "GRD", "GRP", "EXF", "SIB", "BRO", "SIS", "FND", "OAD", "EME", "EMR", "ASC", "EMC", "OWN", "TRA", "MGR", "NON", "UNK", "OTH");

    /// <summary>Table 0078; arrows are what analysers print in China.</summary>
    public static readonly CodeTable Interpretation = CodeTable.Of(
        CodeSystems.Interpretation,
        "<", ">", "A", "AA", "B", "CAR", "D", "DET", "E", "EX", "EXP", "H", "HH", "HU", "I", "IE", "IND", "L", "LL", "LU", "MS", "N", "NCL", "ND", "NEG", "NR", "NS", "POS", "R", "RR", "S", "SDD", "SYN-R", "SYN-S", "U", "UNE", "VS", "W", "WR")
        .Or(new CodeTable(new Dictionary<string, KnownCode>
        {
            ["↑"] = new(CodeSystems.Interpretation, "H"), ["↓"] = new(CodeSystems.Interpretation, "L"),
            ["↑↑"] = new(CodeSystems.Interpretation, "HH"), ["↓↓"] = new(CodeSystems.Interpretation, "LL"),
        }));

    public static readonly CodeTable DiagnosticService = CodeTable.Of(
        V2 + "0074", "AU", "BG", "BLB", "CG", "CH", "CP", "CT", "CTH", "CUS", "EC", "EN", "HM", "ICU", "IMG", "IMM", "LAB", "MB", "MCB", "MYC", "NMR", "NMS", "NRS", "OSL", "OT", "OTH", "OUS", "PAR", "PAT", "PF", "PHR", "PHY", "PT", "RAD", "RC", "RT", "RUS", "RX", "SP", "SR", "TX", "URN", "VR", "VUS", "XRC");

    public static readonly CodeTable DiagnosisType = CodeTable.Of(V2 + "0052", "A", "W", "F");
    /// <summary>A table by the name that the table of segments calls it by.</summary>
    /// <exception cref="KeyNotFoundException">There is none.</exception>
    public static CodeTable Named(string name) => name switch
    {
        nameof(MaritalStatus) => MaritalStatus,
        nameof(AdmissionType) => AdmissionType,
        nameof(AdmitSource) => AdmitSource,
        nameof(Relationship) => Relationship,
        nameof(Interpretation) => Interpretation,
        nameof(DiagnosticService) => DiagnosticService,
        _ => throw new KeyNotFoundException($"There is no code table '{name}'."),
    };
}
