using System.Text.Json;

namespace Health.Adapters.Mapping.Outbound;

/// <summary>
/// Which event a state stands for, given what this receiver was told before: the first time it hears of a person is A28, of an inpatient visit
/// A01; a change that is none of its states is an update. Null says that there is nothing to tell.
/// </summary>
internal static class OutboundTriggers
{
    public static OutboundEvent? Of(OutboundSubject subject, string? told) => subject.Type switch
    {
        "Patient" => OfPatient(subject.Resource, told),
        "Encounter" => OfEncounter(subject.Resource, told),
        "DiagnosticReport" or "Observation" => OfResult(subject.Resource, told),
        "DocumentReference" => OfDocument(subject.Resource, told),
        _ => null,
    };

    /// <summary>The Patient that stands for one that was merged away.</summary>
    public static string? ReplacedBy(JsonElement patient) =>
        patient.At("link").Find(link => link.Text("type") == "replaced-by") is { ValueKind: JsonValueKind.Object } link && link.At("other") is [var other, ..] ? other.IdOf("Patient") : null;

    private static OutboundEvent? OfPatient(JsonElement patient, string? told)
    {
        if (ReplacedBy(patient) is { } survivor && patient.Text("active") == "false")
            return told == $"A40 {survivor}" ? null : new OutboundEvent("ADT", "A40", "ADT_A39", $"A40 {survivor}");
        return told is null ? new OutboundEvent("ADT", "A28", "ADT_A05", "A28") : new OutboundEvent("ADT", "A31", "ADT_A05", "A28");
    }

    private static OutboundEvent? OfEncounter(JsonElement encounter, string? told)
    {
        var isInpatient = OutboundRules.VisitClass(encounter.Text("class.code")) is "I" or "B";
        var state = encounter.Text("status") switch
        {
            "planned" => isInpatient || encounter.Text("class.code") == "PRENC" ? "A05" : "A04",
            "arrived" or "triaged" => "A04",
            "in-progress" or "onleave" => isInpatient ? "A01" : "A04",
            "finished" => "A03",
            "cancelled" or "entered-in-error" => "A11",
            _ => told ?? "A08",
        };
        // Nobody was told of the visit: there is nothing to take back.
        if (state == "A11" && told is null) return null;
        var trigger = state == told ? "A08" : (state, told) switch
        {
            ("A11", "A05") => "A38",
            ("A01" or "A04", "A03") => "A13",
            _ => state,
        };
        return new OutboundEvent("ADT", trigger, trigger switch { "A03" => "ADT_A03", "A05" => "ADT_A05", "A11" => "ADT_A09", "A38" => "ADT_A38", _ => "ADT_A01" }, state);
    }

    private static OutboundEvent? OfResult(JsonElement result, string? told) =>
        told is null && result.Text("status") is ("entered-in-error" or "cancelled") ? null : new OutboundEvent("ORU", "R01", "ORU_R01", "R01");

    private static OutboundEvent? OfDocument(JsonElement document, string? told)
    {
        var status = document.Text("status");
        if (status == "entered-in-error") return told is null or "T11" ? null : new OutboundEvent("MDM", "T11", "MDM_T01", "T11");
        var relation = document.At("relatesTo.code").ConvertAll(code => code.GetString());
        var trigger = told is not null ? (status == "superseded" ? "T04" : "T08") : relation.Contains("replaces") ? "T10" : relation.Contains("appends") ? "T06" : "T02";
        return new OutboundEvent("MDM", trigger, "MDM_T02", trigger);
    }
}
