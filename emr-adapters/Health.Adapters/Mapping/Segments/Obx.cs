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
    private static readonly FieldSet Mapped = FieldSet.Of(1, 2, 3, 4, 5, 6, 7, 8, 11, 14, 15, 16, 17, 18, 20, 21, 23, 29);
    /// <summary>OBX-11 alone tells; a final report does not make each of its results final.</summary>
    private static readonly byte[] UnknownStatus = """{"status":"unknown"}"""u8.ToArray();

    private const string Absent = "http://hl7.org/fhir/StructureDefinition/data-absent-reason";

    /// <summary>What the OBR above says about all its observations.</summary>
    /// <param name="Key">Names the order among those of the institution.</param>
    internal sealed record Order(string Key, FieldView Start, FieldView End, string? Category, string? SpecimenId);

    /// <returns>The id of the Observation.</returns>
    public static string Map(MappingRun run, SegmentView obx, Order order)
    {
        run.Take(obx, Mapped);
        var patch = new Patch("Observation");
        patch.Array("identifier");
        if (obx[21].IsPresent) patch.Identifier(null, obx[21].Repetition(1), run, "observation");
        patch.End();
        var status = obx[11].Text(1);
        patch.Text("status", Statuses.Observation(status));
        if (status is not null && Statuses.Observation(status) is null) run.Unmapped(obx.PathOf(11));
        WriteCategory(patch, obx[29].Text(1), order.Category);
        WriteCode(patch, obx[3], run, "OBX-3");
        patch.Reference("subject", "Patient", run.PatientId);
        patch.Reference("encounter", "Encounter", run.EncounterId);
        WriteEffective(patch, obx[14], order, run);
        WritePerformers(patch, obx, run);
        ObxValue.Write(patch, obx, run);
        WriteAbsence(patch, obx[5], status);
        patch.Concepts("interpretation", obx[8], run, "OBX-8", CodeTables.Interpretation);
        Notes.From(patch, "note", run, obx.Position + 1);
        patch.Concept("bodySite", obx[20], run, "OBX-20");
        patch.Concept("method", obx[17], run, "OBX-17");
        patch.Reference("specimen", "Specimen", order.SpecimenId);
        if (patch.Says("device", obx[18]))
        {
            patch.Object("device");
            patch.Identifier("identifier", obx[18].Repetition(1), run, "device");
            patch.End();
        }

        ReferenceRange.Write(patch, obx);
        var code = obx[3].Text(1) ?? obx[3].Text(2) ?? obx[3].Text(4);
        var id = run.Id("Observation", $"{order.Key}|{code}|{obx[4].ToText()}");
        run.Add(patch, id, Statuses.Observation(status) is null ? UnknownStatus : default);
        return id;
    }

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

    private static void WriteCategory(Patch patch, string? type, string? category)
    {
        patch.Array("category");
        if (category is not null) patch.Fixed(null, CodeSystems.ObservationCategory, category);
        if (type is not null) patch.Fixed(null, "http://terminology.hl7.org/CodeSystem/v2-0936", type);
        patch.End();
    }

    /// <summary>Why there is no value (obs-6: never beside one). OBX-11: N not asked, X cannot be obtained.</summary>
    private static void WriteAbsence(Patch patch, FieldView value, string? status)
    {
        if (value.IsPresent) patch.Null("dataAbsentReason");
        else if (status is "N" or "X") patch.Fixed("dataAbsentReason", "http://terminology.hl7.org/CodeSystem/data-absent-reason", status == "N" ? "not-asked" : "not-performed");
    }

    /// <summary>effective[x] is one element: writing one form removes the other.</summary>
    private static void WriteEffective(Patch patch, FieldView own, Order order, MappingRun run)
    {
        if (run.DateTime(own) is { } at)
        {
            patch.Null("effectivePeriod");
            patch.Text("effectiveDateTime", at);
        }
        else
        {
            WriteEffective(patch, order.Start, order.End, run);
        }
    }

    /// <summary>OBR-7 alone is a time, with OBR-8 a period.</summary>
    public static void WriteEffective(Patch patch, FieldView start, FieldView end, MappingRun run)
    {
        if (run.DateTime(start) is not { } from) return;
        if (run.DateTime(end) is not { } to)
        {
            patch.Null("effectivePeriod");
            patch.Text("effectiveDateTime", from);
            return;
        }

        patch.Null("effectiveDateTime");
        patch.Object("effectivePeriod");
        patch.Text("start", from);
        patch.Text("end", to);
        patch.End();
    }

    private static void WritePerformers(Patch patch, SegmentView obx, MappingRun run)
    {
        patch.Array("performer");
        if (obx[16].IsPresent) foreach (var observer in obx[16].Repetitions) patch.Practitioner(null, observer, run);
        if (obx[23].IsPresent) patch.Organization(null, obx[23].Repetition(1), run);
        else if (obx[15].IsPresent) WriteProducer(patch, obx[15], run);
        patch.End();
    }

    private static void WriteProducer(Patch patch, FieldView producer, MappingRun run)
    {
        patch.Object();
        patch.Text("type", "Organization");
        patch.Identifier("identifier", run.OwnSystem("organization"), producer.Text(1));
        patch.Text("display", producer.Text(2));
        patch.End();
    }
}
