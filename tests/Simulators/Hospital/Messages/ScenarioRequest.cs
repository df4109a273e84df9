using Health.Simulators.Hospital.Mllp;

namespace Health.Simulators.Hospital.Messages;

/// <summary>A person as the hospital knows them. Test identities only: ID numbers of division 510799.</summary>
/// <param name="Sex"><c>male</c> or <c>female</c>; each sender writes it in its own code.</param>
/// <param name="Birth">yyyyMMdd.</param>
public sealed record Person(
    string LocalId, string Name, string? IdNumber = null, string? Sex = null, string? Birth = null,
    string? Phone = null, string? Address = null, string? HealthCard = null, string? CityCard = null, string? InsuranceCard = null);

/// <param name="Value">As the analyser prints it, a decimal number.</param>
public sealed record ResultValue(string Code, string Value);

/// <summary>What one scenario message says. Left-out values get plausible ones.</summary>
/// <param name="Sender"><c>mych</c> (HIS|MYCH, UTF-8) or <c>yxws</c> (CIS|YXWS, GB 18030).</param>
/// <param name="Time">When it happened, yyyyMMddHHmmss in China; default now.</param>
/// <param name="ControlId">MSH-10; default a new one.</param>
/// <param name="Class">PV1-2: O, E or I.</param>
/// <param name="ResultStatus">OBR-25 and OBX-11: P, F or C (corrected).</param>
/// <param name="AcceptAcknowledgement">MSH-15; valued it asks for enhanced mode.</param>
public sealed record ScenarioRequest(
    string Host,
    int Port,
    Person Patient,
    string VisitNumber,
    string Sender = "mych",
    string? Time = null,
    string? ControlId = null,
    string? Class = null,
    string? Department = null,
    string? DoctorCode = null,
    string? Doctor = null,
    string? OrderNumber = null,
    string? ReportNumber = null,
    string ResultStatus = "F",
    IReadOnlyList<ResultValue>? Results = null,
    string? AcceptAcknowledgement = null,
    Faults? Faults = null)
{
    public static ScenarioRequest Example { get; } = new(
        "127.0.0.1", 2575,
        new Person("Z000123", "李珅", "510799199001010018", "male", "19900101", "13900000001", "四川省绵阳市涪城区演示路1号"),
        "M20261124001",
        Department: "呼吸内科", Doctor: "王演示", OrderNumber: "A0001", ReportNumber: "R0001",
        Results: [new("WBC", "11.2"), new("HGB", "142")]);
}
