namespace Health.Simulators.Hospital.Messages;

/// <summary>ADT messages: registration, admission, update, discharge, cancellation.</summary>
internal static class Admissions
{
    public static string Write(string trigger, string structure, ScenarioRequest request, SenderProfile profile, string visitClass)
    {
        var starts = trigger is "A01" or "A04";
        return new Er7()
            .Header("ADT", trigger, structure, request, profile)
            .Segment("EVN", (1, trigger), (2, request.Time))
            .Patient(request.Patient, profile)
            .Visit(request, profile, visitClass, starts ? request.Time : null, trigger == "A03" ? request.Time : null)
            .ToString();
    }
}
