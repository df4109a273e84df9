namespace Health.Contracts;

/// <summary>National identifier systems (root 2.16.156.10011), as FHIR <c>Identifier.system</c> URIs.</summary>
public static class IdentifierSystems
{
    private const string Root = "urn:oid:2.16.156.10011.1.";

    public const string ResidentId = Root + "3";
    public const string HealthRecordNumber = Root + "2";
    public const string HealthWorker = Root + "4";
    public const string Institution = Root + "5";
    public const string EmergencyNumber = Root + "10";
    public const string OutpatientNumber = Root + "11";
    public const string InpatientNumber = Root + "12";
    public const string MedicalInsuranceCard = Root + "15";
    public const string HealthCard = Root + "19";

    /// <summary>The record number a person has inside one institution: one system per institution.</summary>
    public static string LocalPatient(string institutionCode) => $"urn:health:institution:{institutionCode}:patient";

    /// <summary>The visit number of one institution, whatever its kind (clinic, ward, emergency).</summary>
    public static string LocalVisit(string institutionCode) => $"urn:health:institution:{institutionCode}:visit";

    /// <summary>The city card (绵州通) purse number.</summary>
    public const string CityCard = "urn:health:city-card";
}

/// <summary>
/// A resident ID number (GB 11643): 17 digits and a check character. Old 15-digit numbers are widened on reading.
/// The first six digits are never judged: division codes change with time and people keep their numbers.
/// </summary>
public readonly record struct ResidentIdNumber
{
    private const string Checks = "10X98765432";
    private static ReadOnlySpan<byte> Weights => [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];

    /// <summary>Eighteen characters, X in upper case.</summary>
    public string Value { get; }

    private ResidentIdNumber(string value) => Value = value;

    /// <summary>The unassigned division from which every test identity comes.</summary>
    public const string TestDivision = "510799";

    public bool IsTestIdentity => Value.StartsWith(TestDivision, StringComparison.Ordinal);
    public DateOnly BirthDate => DateOnly.ParseExact(Value.AsSpan(6, 8), "yyyyMMdd");

    /// <summary>FHIR administrative gender: the 17th digit is odd for men.</summary>
    public string Gender => (Value[16] - '0') % 2 == 1 ? "male" : "female";

    public static bool TryParse(string? text, out ResidentIdNumber number)
    {
        number = default;
        if (text is null) return false;
        var trimmed = text.Trim().ToUpperInvariant();
        if (trimmed.Length == 15) trimmed = Widen(trimmed);
        if (trimmed.Length != 18 || !HasDigits(trimmed.AsSpan(0, 17))) return false;
        if (!DateOnly.TryParseExact(trimmed.AsSpan(6, 8), "yyyyMMdd", out _)) return false;
        if (CheckCharacter(trimmed.AsSpan(0, 17)) != trimmed[17]) return false;
        number = new ResidentIdNumber(trimmed);
        return true;
    }

    /// <summary>The check character of the first 17 digits (ISO 7064 MOD 11-2).</summary>
    public static char CheckCharacter(ReadOnlySpan<char> digits)
    {
        var sum = 0;
        for (var i = 0; i < 17; i++) sum += (digits[i] - '0') * Weights[i];
        return Checks[sum % 11];
    }

    public override string ToString() => Value;

    private static string Widen(string old)
    {
        if (!HasDigits(old)) return "";
        var digits = string.Concat(old.AsSpan(0, 6), "19", old.AsSpan(6));
        return digits + CheckCharacter(digits);
    }

    private static bool HasDigits(ReadOnlySpan<char> text)
    {
        foreach (var c in text) if (!char.IsAsciiDigit(c)) return false;
        return true;
    }
}
