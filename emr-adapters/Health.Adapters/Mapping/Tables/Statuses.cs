namespace Health.Adapters.Mapping.Tables;

/// <summary>Codes that become FHIR codes of closed lists. Null: the code says nothing FHIR knows.</summary>
internal static class Statuses
{
    /// <summary>Table 0001, and GB/T 2261.1 (0 unknown, 1 male, 2 female, 9 not stated).</summary>
    public static string? Gender(string code) => code.ToUpperInvariant() switch
    {
        "M" or "1" or "男" => "male",
        "F" or "2" or "女" => "female",
        "O" or "A" or "N" => "other",
        "U" or "0" or "9" => "unknown",
        _ => null,
    };

    /// <summary>What a trigger says about the state of the visit; A08 and its like say nothing.</summary>
    public static string? Encounter(string trigger) => trigger switch
    {
        "A01" or "A02" or "A06" or "A07" or "A13" => "in-progress",
        "A03" => "finished",
        "A05" or "A14" => "planned",
        "A11" or "A27" or "A38" => "cancelled",
        _ => null,
    };

    /// <summary>OBX-11, table 0085.</summary>
    public static string? Observation(string? code) => code switch
    {
        "F" or "U" or "V" => "final",
        "P" or "R" or "S" or "B" => "preliminary",
        "I" or "O" => "registered",
        "N" => "unknown",
        "C" => "corrected",
        "A" => "amended",
        "X" => "cancelled",
        "D" or "W" => "entered-in-error",
        _ => null,
    };

    /// <summary>OBR-25, table 0123.</summary>
    public static string? Report(string? code) => code switch
    {
        "O" or "I" or "S" or "N" => "registered",
        "A" or "R" => "partial",
        "P" or "M" => "preliminary",
        "F" => "final",
        "C" => "corrected",
        "X" => "cancelled",
        _ => null,
    };

    /// <summary>ORC-1, table 0119, with ORC-5, table 0038, the stronger.</summary>
    /// <param name="isMedication">What is revoked there is called cancelled or stopped here; RE, which says of results that they follow, says there that it was given.</param>
    public static string? Order(string? control, string? status, bool isMedication = false) => (Order(control, status), isMedication) switch
    {
        ("completed", false) when status is not "CM" && control == "RE" => null,
        ("revoked", true) => status is "DC" || control is "DC" or "OD" ? "stopped" : "cancelled",
        var (known, _) => known,
    };

    /// <summary>MedicationDispense by ORC-1 and ORC-5; a dispense that nothing is said about has happened.</summary>
    public static string Dispense(string? control, string? status) => (control, status) switch
    {
        ("CA" or "OC" or "CR", _) or (_, "CA") => "cancelled",
        ("DC" or "OD", _) or (_, "DC") => "stopped",
        (_, "IP" or "SC") => "in-progress",
        (_, "HD") or ("HD", _) => "on-hold",
        (_, "ER") => "entered-in-error",
        _ => "completed",
    };

    private static string? Order(string? control, string? status) => status switch
    {
        "CM" => "completed",
        "CA" or "DC" or "RP" => "revoked",
        "ER" => "entered-in-error",
        "HD" => "on-hold",
        "A" or "IP" or "SC" => "active",
        _ => control switch
        {
            "NW" or "OK" or "SC" or "RL" or "XO" => "active",
            "CA" or "OC" or "CR" or "DC" or "OD" or "DR" or "RP" => "revoked",
            "HD" or "HR" => "on-hold",
            "RE" or "CM" => "completed",
            _ => null,
        },
    };
}
