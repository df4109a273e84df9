using System.Globalization;
using Health.Adapters.Mapping.Maps;
using Health.Adapters.Mapping.Values;
using Health.Hl7v2;

namespace Health.Adapters.Mapping.Messages;

/// <summary>SIU (S12 to S26): an Appointment with what is booked (AIS), who (AIP), where (AIL) and with what (AIG).</summary>
internal static class Appointments
{
    private static readonly SegmentMap
        SchRows = SegmentMaps.Of("SCH", "Appointment"), ServiceRows = SegmentMaps.Of("AIS", "Appointment"), ThingRows = SegmentMaps.Of("AIG", "Appointment"),
        PlaceRows = SegmentMaps.Of("AIL", "Appointment"), PersonRows = SegmentMaps.Of("AIP", "Appointment"), GroupRows = SegmentMaps.Of("RGS", "Appointment");

    public static void Map(MappingRun run)
    {
        var sch = run.Message.Segment("SCH");
        if (sch.Exists && run.PatientId is not null) One(run, sch);
        Admissions.Map(run);
    }

    private static void One(MappingRun run, SegmentView sch)
    {
        run.Take(sch, SchRows);
        foreach (var group in run.Message.Segments("RGS")) run.Take(group, GroupRows);
        var patch = Patch.Of("Appointment");
        patch.Array("identifier");
        patch.Identifier(null, run.OwnSystem("appointment"), sch[1].Component(1), "PLAC");
        patch.Identifier(null, run.OwnSystem("appointment"), sch[2].Component(1), "FILL");
        patch.End();
        var hasTime = WriteTime(patch, run, sch);
        WriteStatus(patch, run, sch, hasTime);
        SchRows.Write(patch, sch, run);
        patch.Array("serviceType");
        foreach (var ais in run.Message.Segments("AIS"))
        {
            run.Take(ais, ServiceRows);
            if (ais[3].IsPresent) patch.Concept(null, ais[3].Repetition(1), run, "AIS-3");
        }

        patch.End();
        WriteParticipants(patch, run, sch);
        Notes.From(patch, "comment", run, run.Message.SegmentCount);
        run.Add(patch, run.Id("Appointment", sch[1].Text(1) ?? sch[2].Text(1) ?? run.MessageKey));
    }

    /// <summary>The trigger decides; SCH-25 (table 0278) where the trigger does not. Without times FHIR allows no more than a proposal (app-3).</summary>
    private static void WriteStatus(Patch patch, MappingRun run, SegmentView sch, bool hasTime)
    {
        var status = run.TriggerEvent switch
        {
            "S15" or "S16" => "cancelled",
            "S17" => "entered-in-error",
            "S26" => "noshow",
            _ => sch[25].Text(1)?.ToUpperInvariant() switch
            {
                "BOOKED" => "booked",
                "PENDING" or "WAITLIST" => "pending",
                "COMPLETE" => "fulfilled",
                "CANCELLED" or "DC" or "DELETED" => "cancelled",
                "NOSHOW" => "noshow",
                "STARTED" => "arrived",
                "BLOCKED" or "OVERBOOK" => "booked",
                _ => run.TriggerEvent is "S12" or "S13" ? "booked" : null,
            },
        };
        if (status is null) run.Defaults.Text("status", hasTime ? "booked" : "proposed");
        else patch.Text("status", hasTime || status is "cancelled" ? status : "proposed");
        if (status is not null && !hasTime && status is not "cancelled") run.Unmapped(sch.PathOf(11));
    }

    /// <summary>SCH-11.4 and 5, else AIS-4; an end that is not said comes from the duration (SCH-9, 10 or AIS-7, 8).</summary>
    private static bool WriteTime(Patch patch, MappingRun run, SegmentView sch)
    {
        var ais = run.Message.Segment("AIS");
        var start = sch[11].Component(4).Time() ?? ais[4].Component(1).Time();
        if (start is not { Precision: >= Hl7Precision.Minute } begin) return false;
        var minutes = Minutes(sch[9], sch[10]) ?? Minutes(ais[7], ais[8]);
        var end = sch[11].Component(5).Time() ?? (minutes is { } length ? begin with { Local = begin.Local.AddMinutes(length) } : null);
        if (end is not { Precision: >= Hl7Precision.Minute } to || to.ToInstant(run.Zone) <= begin.ToInstant(run.Zone)) return false;
        patch.Time("start", begin, run.Zone);
        patch.Time("end", to, run.Zone);
        if (minutes is > 0) patch.Number("minutesDuration", minutes.Value.ToString(CultureInfo.InvariantCulture));
        return true;
    }

    private static int? Minutes(FieldView amount, FieldView unit)
    {
        if (!int.TryParse(amount.Text(1), NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number is < 1 or > 100_000) return null;
        return unit.Text(1)?.ToUpperInvariant() switch { "S" or "SEC" => number / 60, "H" or "HR" => number * 60, "D" or "DAY" => number * 1440, _ => number };
    }

    private static void WriteParticipants(Patch patch, MappingRun run, SegmentView sch)
    {
        patch.Array("participant");
        patch.Object();
        patch.Reference("actor", "Patient", run.PatientId);
        patch.Text("status", "accepted");
        patch.End();
        for (var i = 0; i < run.Message.SegmentCount; i++)
        {
            var segment = run.Message.SegmentAt(i);
            if (segment.Is("AIP")) Participant(patch, run, segment, PersonRows, 12, () => patch.Practitioner("actor", segment[3].Repetition(1), run));
            else if (segment.Is("AIL")) Participant(patch, run, segment, PlaceRows, 12, () => patch.Location("actor", segment[3].Repetition(1), run));
            else if (segment.Is("AIG")) Participant(patch, run, segment, ThingRows, 14, () => patch.Staff("actor", run, segment[3].Component(1), segment[3].Component(2)));
        }

        if (sch[16].IsPresent)
        {
            patch.Object();
            patch.Practitioner("actor", sch[16].Repetition(1), run);
            if (patch.IsOpen) patch.Text("status", "accepted");
            patch.End();
        }

        patch.End();
    }

    private static void Participant(Patch patch, MappingRun run, SegmentView segment, SegmentMap rows, int status, Action actor)
    {
        run.Take(segment, rows);
        patch.Object();
        if (segment[3].IsPresent) actor();
        if (patch.IsOpen) patch.Text("status", segment[status].Text(1)?.ToUpperInvariant() switch { "BOOKED" or "COMPLETE" or "STARTED" => "accepted", "CANCELLED" or "DELETED" or "DC" => "declined", "PENDING" => "tentative", _ => "needs-action" });
        patch.End();
    }
}
