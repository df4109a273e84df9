using Health.Adapters.Mapping.Maps;
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
    private static readonly SegmentMap Rows = SegmentMaps.Of("PV1", "Encounter"), MoreRows = SegmentMaps.Of("PV2", "Encounter");

    public static void Map(MappingRun run, SegmentView pv1, SegmentView pv2, Visit visit, IReadOnlyList<Dg1.Diagnosis> diagnoses)
    {
        run.Take(pv1, Rows);
        run.Take(pv2, MoreRows);
        run.Visit = visit;
        var patch = Patch.Of("Encounter");
        Rows.Write(patch, pv1, run);
        MoreRows.Write(patch, pv2, run);
        if (run.PatientId is not null) patch.Reference("subject", "Patient", run.PatientId);
        patch.Reference("serviceProvider", "Organization", run.Names.OrganizationId);
        Dg1.WriteDiagnoses(patch, diagnoses);
        run.Add(patch, visit.EncounterId);
    }

    public static void WriteStatus(Patch patch, SegmentView pv1, MappingRun run)
    {
        var trigger = run.MessageCode == "ADT" ? run.TriggerEvent : "";
        if (Statuses.Encounter(trigger) is { } status) patch.Text("status", status);
        else run.Defaults.Text("status", trigger == "A04" ? "planned" : pv1[45].IsPresent ? "finished" : "unknown");
    }

    /// <summary>The class decides under which national number the visit also goes; without it the stored identifiers stay.</summary>
    public static void WriteClass(Patch patch, SegmentView pv1, MappingRun run)
    {
        var field = pv1[2];
        if (field.Text(1) is not { } code)
        {
            run.Defaults.Coding("class", CodeSystems.NullFlavor, "UNK");
            WriteIdentifiers(run.Defaults, null, run);
            return;
        }

        var known = CodeTables.EncounterClass.Find(code);
        if (known is null && !CodeableConcepts.IsCode(code)) run.Unmapped(field.Path);
        if (known is null) patch.Coding("class", CodeSystems.Of(field.Text(3), run, "PV1-2"), code, null, field.Component(2));
        else patch.Coding("class", known.System, known.Code, known.Display);
        WriteIdentifiers(patch, NationalNumber(code), run);
    }

    private static void WriteIdentifiers(Patch patch, string? national, MappingRun run)
    {
        if (run.Visit is not { Number: not null } visit) return;
        var pv1 = run.Message.Segment("PV1");
        var cx = (pv1[19].IsPresent ? pv1[19] : pv1[50]).Repetition(1);
        var universal = Identifiers.UniversalOf(cx);
        patch.Array("identifier");
        patch.Object();
        patch.Object("type");
        patch.Array("coding");
        patch.Coding(null, CodeSystems.IdentifierType, "VN");
        patch.End();
        patch.Text("text", "visit number");
        patch.End();
        patch.Text("system", universal ?? run.Names.VisitSystem);
        patch.Text("value", visit.Number);
        patch.Period(cx.Component(7), cx.Component(8), run);
        patch.End();
        if (pv1[19].IsPresent && pv1[50].IsPresent)
            foreach (var alternate in pv1[50].Repetitions) patch.Numbered(null, alternate, run, "visit-alternate");
        // The number under its own authority is copied as sent; the visit is found again by the institution's.
        if (universal is not null) patch.Identifier(null, run.Names.VisitSystem, visit.Number);
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
    public static void WritePeriod(Patch patch, SegmentView pv1, MappingRun run)
    {
        patch.Object("period");
        patch.DateTime("start", pv1[44], run);
        if (run.TriggerEvent == "A13" && run.MessageCode == "ADT") patch.Null("end");
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

    private static readonly (int Field, string Type)[] Participants = [(7, "ATND"), (8, "REF"), (9, "CON"), (17, "ADM"), (52, "PART")];

    /// <summary>Those of PV1, and who referred (PV2-13).</summary>
    public static void WriteParticipants(Patch patch, SegmentView pv1, MappingRun run)
    {
        var referrer = run.Message.Segment("PV2")[13];
        if (!Says(patch, "participant", pv1, Participants, referrer)) return;
        patch.Array("participant");
        foreach (var (field, type) in Participants) WriteParticipants(patch, pv1[field], type, run);
        WriteParticipants(patch, referrer, "REF", run);
        patch.End();
    }

    private static void WriteParticipants(Patch patch, FieldView field, string type, MappingRun run)
    {
        if (!field.IsPresent) return;
        foreach (var person in field.Repetitions)
        {
            patch.Object();
            patch.Practitioner("individual", person, run);
            if (patch.IsOpen)
            {
                patch.Array("type");
                patch.Object();
                patch.Array("coding");
                patch.Coding(null, CodeSystems.ParticipationType, type, DisplayOf(type));
                patch.End();
                patch.Text("text", DisplayOf(type));
                patch.End();
                patch.End();
            }

            patch.End();
        }
    }

    private static string DisplayOf(string type) => type switch { "ATND" => "attender", "REF" => "referrer", "CON" => "consultant", "ADM" => "admitter", _ => "Participation" };

    private static readonly (int Field, string Status)[] Locations = [(3, "active"), (6, "completed"), (11, "active"), (42, "planned"), (43, "completed")];

    /// <summary>Those of PV1, and the one that was pending before (PV2-1).</summary>
    public static void WriteLocations(Patch patch, SegmentView pv1, MappingRun run)
    {
        var pending = run.Message.Segment("PV2")[1];
        if (!Says(patch, "location", pv1, Locations, pending)) return;
        patch.Array("location");
        foreach (var (field, status) in Locations) WriteLocation(patch, pv1[field], field == 3 && pv1[2].Text(1) == "P" ? "planned" : status, run);
        WriteLocation(patch, pending, "planned", run);
        patch.End();
    }

    private static void WriteLocation(Patch patch, FieldView field, string status, MappingRun run)
    {
        if (!field.IsPresent) return;
        patch.Object();
        patch.Location("location", field.Repetition(1), run);
        if (patch.IsOpen) patch.Text("status", status);
        patch.End();
    }

    private static bool Says(Patch patch, string element, SegmentView pv1, (int Field, string Text)[] fields, FieldView another)
    {
        if (another.IsPresent) return true;
        var isNull = another.IsNull();
        foreach (var (field, _) in fields)
        {
            if (pv1[field].IsPresent) return true;
            isNull |= pv1[field].IsNull();
        }

        if (isNull) patch.Null(element);
        return false;
    }
}
