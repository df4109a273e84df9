using System.Globalization;

namespace Health.Simulators.Hospital.Messages;

/// <summary>ORU^R01 of a blood count: one OBR and an OBX NM per value, flagged against its reference range.</summary>
internal static class BloodCount
{
    private sealed record Analyte(string Code, string Name, string Loinc, string Unit, decimal Low, decimal High, string Usual);

    private static readonly Analyte[] Panel =
    [
        new("WBC", "白细胞计数", "6690-2", "10*9/L", 3.5m, 9.5m, "6.1"),
        new("RBC", "红细胞计数", "789-8", "10*12/L", 4.3m, 5.8m, "4.72"),
        new("HGB", "血红蛋白", "718-7", "g/L", 130m, 175m, "142"),
        new("HCT", "红细胞压积", "4544-3", "%", 40m, 50m, "43.5"),
        new("PLT", "血小板计数", "777-3", "10*9/L", 125m, 350m, "218"),
    ];

    public static string Write(ScenarioRequest request, SenderProfile profile)
    {
        var order = Er7.Parts(request.OrderNumber ?? "A" + request.VisitNumber, profile.Facility);
        var report = Er7.Parts(request.ReportNumber ?? "R" + request.VisitNumber, "LIS");
        var message = new Er7()
            .Header("ORU", "R01", "ORU_R01", request, profile)
            .Patient(request.Patient, profile)
            .Visit(request, profile, request.Class ?? "", null, null)
            .Segment("ORC", (1, "RE"), (2, order), (3, report), (5, "CM"))
            .Segment("OBR",
                (1, "1"), (2, order), (3, report), (4, Er7.Parts("XCG", "血常规", "L", "58410-2", "CBC panel - Blood by Automated count", "LN")),
                (7, request.Time), (22, request.Time), (24, "HM"), (25, request.ResultStatus));
        var number = 0;
        foreach (var analyte in Panel) message.Segment("OBX", [.. Observation(analyte, ++number, request)]);
        return message.Segment("NTE", (1, "1"), (3, "标本状态良好")).ToString();
    }

    private static IEnumerable<(int, string?)> Observation(Analyte analyte, int number, ScenarioRequest request)
    {
        var value = request.Results?.FirstOrDefault(result => result.Code == analyte.Code)?.Value ?? analyte.Usual;
        yield return (1, number.ToString(CultureInfo.InvariantCulture));
        yield return (2, "NM");
        yield return (3, Er7.Parts(analyte.Code, analyte.Name, "L", analyte.Loinc, analyte.Code, "LN"));
        yield return (5, Er7.Text(value));
        yield return (6, Er7.Parts(analyte.Unit, analyte.Unit, "UCUM"));
        yield return (7, FormattableString.Invariant($"{analyte.Low}-{analyte.High}"));
        yield return (8, Flag(value, analyte));
        yield return (11, request.ResultStatus);
        yield return (14, request.Time);
    }

    private static string Flag(string value, Analyte analyte) =>
        !decimal.TryParse(value, NumberStyles.Number, CultureInfo.InvariantCulture, out var number) ? ""
        : number < analyte.Low ? "L" : number > analyte.High ? "H" : "N";
}
