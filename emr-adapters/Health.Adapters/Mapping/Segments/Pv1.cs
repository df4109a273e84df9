using Health.Adapters.Mapping.Tables;
using Health.Adapters.Mapping.Values;
using Health.Contracts;
using Health.Hl7v2;

namespace Health.Adapters.Mapping.Segments;

/// <summary>
/// PV1 and PV2 to Encounter. Only a trigger that says so sets the status; A04 proposes "planned" for a visit nobody has seen, since a desk
/// may have registered it already.
/// </summary>
internal static class Pv1
{
    private static readonly FieldSet Mapped = FieldSet.Of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 14, 15, 16, 17, 19, 36, 37, 38, 42, 44, 45, 50, 52);
    private static readonly FieldSet MappedMore = FieldSet.Of(3, 13, 25);

    public static void Map(MappingRun run, SegmentView pv1, SegmentView pv2, Visit visit, IReadOnlyList<Dg1.Diagnosis> diagnoses)
    {
        run.Take(pv1, Mapped);
        run.Take(pv2, MappedMore);
        var patch = new Patch("Encounter");
        var defaults = Patch.ForDefaults();
        WriteStatus(patch, defaults, run);
        WriteClass(patch, defaults, pv1[2], visit, run);
        if (run.PatientId is not null) patch.Reference("subject", "Patient", run.PatientId);
        patch.Reference("serviceProvider", "Organization", Pid.InstitutionId(run));
        if (patch.Says("type", pv1[4]))
        {
            patch.Array("type");
            patch.Concept(null, pv1[4].Repetition(1), run, "PV1-4", CodeTables.AdmissionType);
            patch.End();
        }

        patch.Concept("serviceType", pv1[10], run, "PV1-10");
        WritePeriod(patch, pv1, run);
        WriteParticipants(patch, pv1, pv2, run);
        WriteLocations(patch, pv1, run);
        WriteHospitalization(patch, pv1, run);
        patch.Concepts("reasonCode", pv2[3], run, "PV2-3");
        patch.Concept("priority", pv2[25], run, "PV2-25");
        Dg1.WriteDiagnoses(patch, diagnoses);
        run.Add(patch, visit.EncounterId, defaults.SaysSomething ? defaults.Finish() : default);
    }

    private static void WriteStatus(Patch patch, Patch defaults, MappingRun run)
    {
        var trigger = run.Message.MessageCode == "ADT" ? run.Message.TriggerEvent : "";
        if (Statuses.Encounter(trigger) is { } status) patch.Text("status", status);
        else defaults.Text("status", trigger == "A04" ? "planned" : "unknown");
    }

    /// <summary>The class decides under which national number the visit also goes; without it the stored identifiers stay.</summary>
    private static void WriteClass(Patch patch, Patch defaults, FieldView field, Visit visit, MappingRun run)
    {
        if (field.Text(1) is not { } code)
        {
            defaults.Coding("class", CodeSystems.NullFlavor, "UNK");
            WriteIdentifiers(defaults, null, visit, run);
            return;
        }

        var known = CodeTables.EncounterClass.Find(code);
        if (known is null && !CodeableConcepts.IsCode(code)) run.Unmapped(field.Path);
        if (known is null) patch.Coding("class", CodeSystems.Of(field.Text(3), run, "PV1-2"), code, field.Text(2));
        else patch.Coding("class", known.System, known.Code, known.Display);
        WriteIdentifiers(patch, NationalNumber(code), visit, run);
    }

    private static void WriteIdentifiers(Patch patch, string? national, Visit visit, MappingRun run)
    {
        if (visit.Number is null) return;
        patch.Array("identifier");
        patch.Identifier(null, IdentifierSystems.LocalVisit(run.Institution), visit.Number, "VN");
        if (national is not null) patch.Identifier(null, national, visit.Number);
        patch.End();
    }

    private static string? NationalNumber(string visitClass) => visitClass switch
    {
        "I" or "B" => IdentifierSystems.InpatientNumber,
        "O" or "R" => IdentifierSystems.OutpatientNumber,
        "E" => IdentifierSystems.EmergencyNumber,
        _ => null,
    };

    /// <summary>A13 takes a discharge back, so the end goes with it.</summary>
    private static void WritePeriod(Patch patch, SegmentView pv1, MappingRun run)
    {
        patch.Object("period");
        patch.DateTime("start", pv1[44], run);
        if (run.Message.TriggerEvent == "A13" && run.Message.MessageCode == "ADT") patch.Null("end");
        // An end before the start makes the Encounter invalid (per-1): which of the two is wrong nobody knows here, so the start stays and the end is told as unmapped.
        else if (EndsBeforeItStarts(pv1)) run.Unmapped(pv1.PathOf(45));
        else patch.DateTime("end", pv1[45], run);
        patch.End();
    }

    private static bool EndsBeforeItStarts(SegmentView pv1)
    {
        if (pv1[44].Text(1) is not { } start || pv1[45].Text(1) is not { } end) return false;
        var digits = Math.Min(Digits(start), Digits(end));
        return string.CompareOrdinal(end, 0, start, 0, digits) < 0;
    }

    private static int Digits(string time) => time.AsSpan().IndexOfAnyExceptInRange('0', '9') is var end and >= 0 ? end : time.Length;

    private static void WriteParticipants(Patch patch, SegmentView pv1, SegmentView pv2, MappingRun run)
    {
        (FieldView Field, string Type)[] all =
            [(pv1[7], "ATND"), (pv1[8], "REF"), (pv1[9], "CON"), (pv1[17], "ADM"), (pv1[52], "PART"), (pv2[13], "REF")];
        if (!Array.Exists(all, entry => entry.Field.IsPresent))
        {
            if (Array.Exists(all, entry => entry.Field.IsNull())) patch.Null("participant");
            return;
        }

        patch.Array("participant");
        foreach (var (field, type) in all)
        {
            if (!field.IsPresent) continue;
            foreach (var person in field.Repetitions)
            {
                patch.Object();
                patch.Practitioner("individual", person, run);
                if (patch.IsOpen)
                {
                    patch.Array("type");
                    patch.Fixed(null, CodeSystems.ParticipationType, type);
                    patch.End();
                }

                patch.End();
            }
        }

        patch.End();
    }

    private static void WriteLocations(Patch patch, SegmentView pv1, MappingRun run)
    {
        (FieldView Field, string Status)[] all = [(pv1[3], pv1[2].Text(1) == "P" ? "planned" : "active"), (pv1[6], "completed"), (pv1[11], "active"), (pv1[42], "planned")];
        if (!Array.Exists(all, entry => entry.Field.IsPresent))
        {
            if (Array.Exists(all, entry => entry.Field.IsNull())) patch.Null("location");
            return;
        }

        patch.Array("location");
        foreach (var (field, status) in all)
        {
            if (!field.IsPresent) continue;
            patch.Object();
            patch.Location("location", field.Repetition(1), run);
            if (patch.IsOpen) patch.Text("status", status);
            patch.End();
        }

        patch.End();
    }

    private static void WriteHospitalization(Patch patch, SegmentView pv1, MappingRun run)
    {
        patch.Object("hospitalization");
        if (patch.Says("preAdmissionIdentifier", pv1[5])) patch.Identifier("preAdmissionIdentifier", run.OwnSystem("pre-admission"), pv1[5].Text(1));
        patch.Concept("reAdmission", pv1[13], run, "PV1-13");
        patch.Concept("admitSource", pv1[14], run, "PV1-14", CodeTables.AdmitSource);
        patch.Concepts("specialArrangement", pv1[15], run, "PV1-15");
        patch.Concepts("specialCourtesy", pv1[16], run, "PV1-16");
        patch.Concept("dischargeDisposition", pv1[36], run, "PV1-36");
        if (patch.Says("destination", pv1[37])) patch.Location("destination", pv1[37].Repetition(1), run);
        patch.Concepts("dietPreference", pv1[38], run, "PV1-38");
        patch.End();
    }
}
