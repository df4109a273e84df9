namespace Health.Simulators.Hospital.His;

/// <summary>
/// A row of the HIS as its clerk types it. A visit number that exists changes its row: what is null keeps its value.
/// <paramref name="Status"/>: REG registered, IN admitted, OUT discharged, CXL cancelled. <paramref name="Sex"/>: 1 male, 2 female.
/// </summary>
public sealed record Admission(
    string VisitNo,
    string? RecordNo = null,
    string? Name = null,
    string? IdNo = null,
    string? Sex = null,
    string? Birth = null,
    string? Phone = null,
    string? Address = null,
    string? DeptCode = null,
    string? DeptName = null,
    string? DoctorCode = null,
    string? DoctorName = null,
    string? VisitClass = null,
    DateTime? AdmitTime = null,
    DateTime? DischargeTime = null,
    string? Status = null);

/// <summary>As the view shows it.</summary>
public sealed record AdmissionRow(long Pk, DateTime UpdatedAt, Admission Admission);
