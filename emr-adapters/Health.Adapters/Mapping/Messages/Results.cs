using Health.Adapters.Mapping.Maps;
using Health.Adapters.Mapping.Segments;
using Health.Hl7v2;

namespace Health.Adapters.Mapping.Messages;

/// <summary>ORU (R01, R30 of a device at the bedside) and OUL: per OBR a DiagnosticReport with its Observations and Specimens,
/// based on the ServiceRequest that it answers.</summary>
internal static class Results
{
    private static readonly SegmentMap OrcRows = SegmentMaps.Of("ORC", "DiagnosticReport");

    public static void Map(MappingRun run)
    {
        foreach (var group in OrderGroup.Of(run.Message, "OBR")) MapGroup(run, group);
        var first = true;
        foreach (var obx in run.Message.Segments("OBX"))
        {
            if (run.IsTaken(obx.Position)) continue;
            if (first) run.Order = OrderGroup.WithoutOrder(run);
            first = false;
            Obx.Map(run, obx);
        }

        run.LeaveRest();
    }

    /// <summary>What was asked for, what it was examined in, what was found, and the report that holds them together.</summary>
    private static void MapGroup(MappingRun run, OrderGroup group)
    {
        run.Take(group.Orc, OrcRows, Orders.OrcRows);
        run.Take(group.Obr, Obr.Rows, Orders.ObrRows, Specimens.RowsOf(run, group));
        var key = group.ReportKey(run);
        var specimens = Specimens.Of(run, group, key);
        run.Order = group with { Key = key, SpecimenId = specimens.Count == 1 ? specimens[0] : null };
        var observations = new List<string>();
        for (var i = group.Obr.Position + 1; i < group.End; i++)
            if (run.Message.SegmentAt(i) is var obx && obx.Is("OBX")) observations.Add(Obx.Map(run, obx));
        // A request must say for whom; the report of nobody stands alone.
        var request = run.PatientId is null ? null : Orders.Request(run, group.PlacerKey(run), specimens);
        Obr.Report(run, run.Order, request, specimens, observations);
    }
}
