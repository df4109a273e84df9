using Health.Adapters.Mapping.Segments;
using Health.Adapters.Mapping.Values;
using Health.Hl7v2;

namespace Health.Adapters.Mapping.Messages;

/// <summary>VXU: an Immunization per RXA, with the RXR below it.</summary>
internal static class Vaccinations
{
    private static readonly FieldSet Mapped = FieldSet.Of(1, 2, 3, 5, 6, 7, 10, 15, 16, 17, 18, 20, 21);
    private static readonly FieldSet RxrMapped = FieldSet.Of(1, 2);
    private static readonly FieldSet OrcMapped = FieldSet.Of(1, 2, 3);

    public static void Map(MappingRun run)
    {
        foreach (var rxa in run.Message.Segments("RXA")) One(run, rxa);
        run.LeaveRest();
    }

    private static void One(MappingRun run, SegmentView rxa)
    {
        var orc = Above(run.Message, rxa.Position);
        run.Take(orc, OrcMapped);
        run.Take(rxa, Mapped);
        if (run.PatientId is null || !rxa[5].IsPresent || run.DateTime(rxa[3]) is not { } given)
        {
            run.Unmapped(rxa.PathOf());
            return;
        }

        var patch = new Patch("Immunization");
        patch.Text("status", rxa[21].Text(1) == "D" ? "entered-in-error" : rxa[20].Text(1) is "RE" or "NA" ? "not-done" : "completed");
        patch.Concept("statusReason", rxa[18], run, "RXA-18");
        patch.Concept("vaccineCode", rxa[5].Repetition(1), run, "RXA-5");
        patch.Reference("patient", "Patient", run.PatientId);
        patch.Reference("encounter", "Encounter", run.EncounterId);
        patch.Text("occurrenceDateTime", given);
        if (rxa[17].Text(2) is { } maker)
        {
            patch.Object("manufacturer");
            patch.Text("display", maker);
            patch.End();
        }

        if (patch.Says("lotNumber", rxa[15])) patch.Text("lotNumber", rxa[15].Text(1));
        if (patch.Says("expirationDate", rxa[16])) patch.Text("expirationDate", run.Time(rxa[16])?.ToFhirDate());
        WriteRoute(patch, run, rxa.Position + 1);
        // 999 stands for "amount not known" in immunization registries.
        if (Quantities.Parse(rxa[6].Text(1)) is { Comparator: null, Number: not "999" } dose) patch.Quantity("doseQuantity", dose, rxa[7].Repetition(1));
        WritePerformer(patch, rxa[10], run);
        var key = orc[3].Text(1) is { } filler and not "9999" ? $"{filler}^{orc[3].Text(2)}" : $"{run.PatientId}|{rxa[5].Text(1)}|{rxa[3].Text(1)}";
        run.Add(patch, run.Id("Immunization", key));
    }

    private static void WriteRoute(Patch patch, MappingRun run, int position)
    {
        var rxr = run.Message.SegmentAt(position);
        if (!rxr.Is("RXR")) return;
        run.Take(rxr, RxrMapped);
        patch.Concept("site", rxr[2], run, "RXR-2");
        patch.Concept("route", rxr[1], run, "RXR-1");
    }

    private static void WritePerformer(Patch patch, FieldView field, MappingRun run)
    {
        if (!field.IsPresent) return;
        patch.Array("performer");
        patch.Object();
        patch.Practitioner("actor", field.Repetition(1), run);
        patch.End();
        patch.End();
    }

    private static SegmentView Above(Hl7Message message, int rxa)
    {
        for (var i = rxa - 1; i >= 0; i--)
        {
            var segment = message.SegmentAt(i);
            if (segment.Is("ORC")) return segment;
            if (segment.Is("RXA")) break;
        }

        return message.SegmentAt(-1);
    }
}
