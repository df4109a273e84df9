namespace Health.Simulators.Hospital.Messages;

/// <summary>The segments every message of a sender shares.</summary>
internal static class Segments
{
    public static Er7 Header(this Er7 message, string type, string trigger, string structure, ScenarioRequest request, SenderProfile profile) =>
        message.Segment("MSH",
            (2, "^~\\&"), (3, profile.Application), (4, profile.Facility), (5, "HEALTH"), (6, "MY"), (7, request.Time + "+0800"),
            (9, $"{type}^{trigger}^{structure}"), (10, Er7.Text(request.ControlId)), (11, "P"), (12, "2.5.1"),
            (15, request.AcceptAcknowledgement), (17, "CHN"), (18, profile.Msh18), (19, "zh"));

    public static Er7 Patient(this Er7 message, Person person, SenderProfile profile)
    {
        List<string> numbers = [];
        if (person.LocalId.Length > 0) numbers.Add(Er7.Parts(person.LocalId, "", "", profile.Facility, "PI"));
        if (person.IdNumber is { } id) numbers.Add(Er7.Parts(id, "", "", "公安", "NI"));
        if (person.HealthCard is { } card) numbers.Add(Er7.Parts(card, "", "", "卫健委", "JKK"));
        if (person.CityCard is { } city) numbers.Add(Er7.Parts(city, "", "", "绵州通", "MZT"));
        if (person.InsuranceCard is { } insurance) numbers.Add(Er7.Parts(insurance, "", "", "医保", "YB"));
        return message.Segment("PID",
            (1, "1"), (3, string.Join('~', numbers)), (5, Er7.Parts(person.Name, "", "", "", "", "", "L")), (7, Er7.Text(person.Birth)),
            (8, profile.Sex(person.Sex)), (11, person.Address is null ? "" : Er7.Parts(person.Address, "", "绵阳市", "四川省", "", "CHN", "H")),
            (13, person.Phone is null ? "" : Er7.Parts(person.Phone, "PRN", "CP")));
    }

    public static Er7 Visit(this Er7 message, ScenarioRequest request, SenderProfile profile, string visitClass, string? start, string? end) =>
        message.Segment("PV1",
            (1, "1"), (2, visitClass), (3, Er7.Parts(request.Department ?? "全科", "", "", profile.Facility)),
            (7, Er7.Parts(request.DoctorCode ?? "D001", request.Doctor ?? "王演示")),
            (19, Er7.Parts(request.VisitNumber, "", "", profile.Facility, "VN")), (44, start), (45, end));
}
