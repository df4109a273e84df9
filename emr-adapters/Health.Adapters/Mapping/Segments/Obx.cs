using Health.Adapters.Mapping.Maps;
using Health.Adapters.Mapping.Tables;
using Health.Adapters.Mapping.Values;
using Health.Hl7v2;

namespace Health.Adapters.Mapping.Segments;

/// <summary>
/// OBX (with the NTE below it) to Observation. Its id derives from the order and the code, so that a correction sent later meets what it
/// corrects.
/// </summary>
internal static class Obx
{
    private static readonly SegmentMap Rows = SegmentMaps.Of("OBX", "Observation");

    /// <summary>OBX-11 alone tells; a final report does not make each of its results final.</summary>
    private static readonly byte[] UnknownStatus = """{"status":"unknown"}"""u8.ToArray();

    private const string Absent = "http://hl7.org/fhir/StructureDefinition/data-absent-reason";

    /// <returns>The id of the Observation.</returns>
    public static string Map(MappingRun run, SegmentView obx)
    {
        run.Take(obx, Rows);
        var patch = Patch.Of("Observation");
        Rows.Write(patch, obx, run);
        WriteAbsence(patch, obx[5], obx[11].Text(1));
        patch.Reference("subject", "Patient", run.PatientId);
        patch.Reference("encounter", "Encounter", run.EncounterId);
        patch.Reference("specimen", "Specimen", run.Order.SpecimenId);
        Notes.From(patch, "note", run, obx.Position + 1);
        var code = obx[3].Text(1) ?? obx[3].Text(2) ?? obx[3].Text(4);
        var id = run.Id("Observation", $"{run.Order.Key}|{code}|{obx[4].ToText()}");
        run.Add(patch, id, Statuses.Observation(obx[11].Text(1)) is null ? UnknownStatus : default);
        return id;
    }

    public static void WriteStatus(Patch patch, SegmentView obx, MappingRun run)
    {
        var status = obx[11].Text(1);
        patch.Text("status", Statuses.Observation(status));
        if (status is not null && Statuses.Observation(status) is null) run.Unmapped(obx.PathOf(11));
    }

    public static void WriteCode(Patch patch, SegmentView obx, MappingRun run) => WriteCode(patch, obx[3], run, "OBX-3");

    /// <summary>A code must be there; one the message leaves out is said to be unknown.</summary>
    public static void WriteCode(Patch patch, FieldView field, MappingRun run, string place)
    {
        if (field.IsPresent && field.Bytes.IndexOfAnyExcept((byte)'^', (byte)' ', (byte)'&') >= 0)
        {
            patch.Concept("code", field.Repetition(1), run, place);
            return;
        }

        patch.Object("code");
        patch.Array("extension");
        patch.Object();
        patch.Text("url", Absent);
        patch.Text("valueCode", "unknown");
        patch.End();
        patch.End();
        patch.End();
    }

    public static void WriteCategory(Patch patch, SegmentView obx, MappingRun run)
    {
        patch.Array("category");
        if (run.Order.Category is { } category) patch.Fixed(null, CodeSystems.ObservationCategory, category);
        if (obx[29].Text(1) is { } type) patch.Fixed(null, "http://terminology.hl7.org/CodeSystem/v2-0936", type);
        patch.End();
    }

    /// <summary>Why there is no value (obs-6: never beside one). OBX-11: N not asked, X cannot be obtained.</summary>
    private static void WriteAbsence(Patch patch, FieldView value, string? status)
    {
        if (value.IsPresent) patch.Null("dataAbsentReason");
        else if (status is "N" or "X") patch.Fixed("dataAbsentReason", "http://terminology.hl7.org/CodeSystem/data-absent-reason", status == "N" ? "not-asked" : "not-performed");
    }

    /// <summary>effective[x] is one element: writing one form removes the other. What OBX-14 does not say, OBR-7 and 8 do.</summary>
    public static void WriteEffective(Patch patch, SegmentView obx, MappingRun run)
    {
        if (run.Time(obx[14]) is { } at)
        {
            patch.Null("effectivePeriod");
            patch.Time("effectiveDateTime", at, run.Zone);
        }
        else if (run.Order.Obr.Exists)
        {
            WriteEffective(patch, run.Order.Obr[7], run.Order.Obr[8], run);
        }
    }

    /// <summary>OBR-7 alone is a time, with OBR-8 a period.</summary>
    public static void WriteEffective(Patch patch, FieldView start, FieldView end, MappingRun run)
    {
        if (run.Time(start) is not { } from) return;
        if (run.Time(end) is not { } to)
        {
            patch.Null("effectivePeriod");
            patch.Time("effectiveDateTime", from, run.Zone);
            return;
        }

        patch.Null("effectiveDateTime");
        patch.Object("effectivePeriod");
        patch.Time("start", from, run.Zone);
        patch.Time("end", to, run.Zone);
        patch.End();
    }

    public static void WritePerformers(Patch patch, SegmentView obx, MappingRun run)
    {
        patch.Array("performer");
        if (obx[16].IsPresent) foreach (var observer in obx[16].Repetitions) patch.Practitioner(null, observer, run);
        if (obx[23].IsPresent) patch.Organization(null, obx[23].Repetition(1), run);
        else if (obx[15].IsPresent) patch.Organization(null, run, obx[15].Component(1), obx[15].Component(2));
        patch.End();
    }
}
