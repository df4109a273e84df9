using Health.Adapters.Mapping.Maps;
using Health.Adapters.Mapping.Values;
using Health.Hl7v2;

namespace Health.Adapters.Mapping.Messages;

/// <summary>VXU: an Immunization per RXA, with the RXR below it.</summary>
internal static class Vaccinations
{
    private static readonly SegmentMap Rows = SegmentMaps.Of("RXA", "Immunization"), RouteRows = SegmentMaps.Of("RXR", "Immunization"), OrcRows = SegmentMaps.Of("ORC", "Immunization");

    public static void Map(MappingRun run)
    {
        foreach (var rxa in run.Message.Segments("RXA")) One(run, rxa);
        run.LeaveRest();
    }

    private static void One(MappingRun run, SegmentView rxa)
    {
        var orc = Above(run.Message, rxa.Position);
        run.Take(orc, OrcRows);
        run.Take(rxa, Rows);
        if (run.PatientId is null || !rxa[5].IsPresent || run.Time(rxa[3]) is null)
        {
            run.Unmapped(rxa.PathOf());
            return;
        }

        var patch = Patch.Of("Immunization");
        Rows.Write(patch, rxa, run);
        patch.Reference("patient", "Patient", run.PatientId);
        patch.Reference("encounter", "Encounter", run.EncounterId);
        if (run.Message.SegmentAt(rxa.Position + 1) is var rxr && rxr.Is("RXR"))
        {
            run.Take(rxr, RouteRows);
            RouteRows.Write(patch, rxr, run);
        }

        var key = orc[3].Text(1) is { } filler and not "9999" ? $"{filler}^{orc[3].Text(2)}" : $"{run.PatientId}|{rxa[5].Text(1)}|{rxa[3].Text(1)}";
        run.Add(patch, run.Id("Immunization", key));
    }

    public static void WriteStatus(Patch patch, SegmentView rxa, MappingRun run) =>
        patch.Text("status", rxa[21].Text(1) == "D" ? "entered-in-error" : rxa[20].Text(1) is "RE" or "NA" ? "not-done" : "completed");

    /// <summary>999 stands for "amount not known" in immunization registries.</summary>
    public static void WriteDose(Patch patch, SegmentView rxa, MappingRun run)
    {
        if (Quantities.Parse(rxa[6].Component(1)) is { Comparator: null, Number: not "999" } dose) patch.Quantity("doseQuantity", dose, rxa[7].Repetition(1), run);
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
