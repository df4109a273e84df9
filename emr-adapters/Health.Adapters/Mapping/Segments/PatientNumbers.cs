using Health.Adapters.Mapping.Values;
using Health.Contracts;
using Health.Hl7v2;

namespace Health.Adapters.Mapping.Segments;

/// <summary>A number of a patient. <paramref name="Type"/> is the code of table 0203 as sent.</summary>
/// <param name="Repetition">Which of PID-3 it is, from 1; 0 is another field.</param>
internal readonly record struct PatientNumber(string System, string Value, string? Type, int Repetition = 0)
{
    public bool IsOwn(SourceNames names) => System == names.PatientSystem;
}

/// <summary>
/// CX of PID-2, 3, 4, 18 and PID-19 to identifiers: the national ones by type or authority, the institution's own, and others under the
/// institution's name for that type. A resident ID number counts as one only when its check character is right.
/// </summary>
internal static class PatientNumbers
{
    private const string NationalRoot = "2.16.156.10011.1.";

    /// <summary>All numbers of PID-3 and PID-19, the institution's own first found one marked as such.</summary>
    public static List<PatientNumber> Read(SegmentView pid, MappingRun run) => Read(pid, run.Names, run.Unmapped);

    /// <param name="unmapped">Told the path of a value that could not be used.</param>
    public static List<PatientNumber> Read(SegmentView pid, SourceNames names, Action<string> unmapped)
    {
        var numbers = new List<PatientNumber>();
        var repetition = 0;
        foreach (var cx in pid[3].Repetitions)
        {
            repetition++;
            if (cx.Text(1) is { } value) Add(numbers, Classify(value, cx, names, numbers) with { Repetition = repetition });
        }

        if (!numbers.Exists(number => number.IsOwn(names)) && FallBack(pid) is { } fallBack)
            Add(numbers, new PatientNumber(names.PatientSystem, fallBack, null));
        if (pid[19].Text(1) is { } text)
        {
            if (ResidentIdNumber.TryParse(text, out var resident)) Add(numbers, new PatientNumber(IdentifierSystems.ResidentId, resident.Value, null));
            else unmapped(pid.PathOf(19));
        }

        return numbers;
    }

    /// <summary>What the Patient's id derives from: the own number, or a number of another kind when there is none.</summary>
    public static string? Key(List<PatientNumber> numbers, SourceNames names)
    {
        if (numbers.Count == 0) return null;
        var own = numbers.FindIndex(number => number.IsOwn(names));
        return own >= 0 ? numbers[own].Value : $"{numbers[0].System}|{numbers[0].Value}";
    }

    private static PatientNumber Classify(string value, RepetitionView cx, SourceNames names, List<PatientNumber> before)
    {
        var type = cx.Text(5)?.ToUpperInvariant();
        var (name, oid) = (cx.Text(4, 1), cx.Text(4, 2));
        if (IsResidentId(type, name, oid))
            return ResidentIdNumber.TryParse(value, out var resident)
                ? new PatientNumber(IdentifierSystems.ResidentId, resident.Value, type)
                : new PatientNumber(names.OwnSystem("resident-id-unverified"), value, type);
        if (type is "HC" or "JKK" or "健康卡" || oid == NationalRoot + "19") return new PatientNumber(IdentifierSystems.HealthCard, value, type);
        if (type is "MZT" or "CITYCARD" or "绵州通" || name == "绵州通") return new PatientNumber(IdentifierSystems.CityCard, value, type);
        if (type is "YB" or "YBK" or "医保卡" or "MB" || oid == NationalRoot + "15") return new PatientNumber(IdentifierSystems.MedicalInsuranceCard, value, type);
        if (oid == NationalRoot + "2") return new PatientNumber(IdentifierSystems.HealthRecordNumber, value, type);
        var own = names.PatientSystem;
        if (type is null or "MR" or "PI" or "PN" or "PT" && !before.Exists(number => number.System == own)) return new PatientNumber(own, value, type);
        return new PatientNumber(Identifiers.Universal(oid, cx.Text(4, 3)) ?? names.OwnSystem($"identifier:{Uri.EscapeDataString(type ?? "other")}"), value, type);
    }

    private static bool IsResidentId(string? type, string? authority, string? oid) =>
        type is "01" or "NI" or "NNCHN" or "IDCARD" or "SFZ" or "身份证" || oid is NationalRoot + "3" or "2.16.840.1.113883.2.23.1.19.1" ||
        (authority is not null && (authority.Contains("公安", StringComparison.Ordinal) || authority.Contains("身份证", StringComparison.Ordinal)));

    private static string? FallBack(SegmentView pid) => pid[2].Text(1) ?? pid[4].Text(1) ?? pid[18].Text(1);

    private static void Add(List<PatientNumber> numbers, PatientNumber number)
    {
        if (!numbers.Exists(other => other.System == number.System && other.Value == number.Value)) numbers.Add(number);
    }
}
