using Health.Adapters.Mapping.Maps;
using Health.Adapters.Mapping.Segments;
using Health.Hl7v2;

namespace Health.Adapters.Mapping.Messages;

/// <summary>ORU (R01, R30 of a device at the bedside) and OUL: a DiagnosticReport per OBR with its Observations and Specimens.</summary>
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

    private static void MapGroup(MappingRun run, OrderGroup group)
    {
        run.Take(group.Orc, OrcRows);
        var key = group.ReportKey(run);
        List<string> specimens = [], observations = [];
        for (var i = group.Obr.Position + 1; i < group.End; i++)
            if (run.Message.SegmentAt(i) is var spm && spm.Is("SPM")) specimens.Add(Spm.Map(run, spm, key));
        run.Order = group with { Key = key, SpecimenId = specimens.Count == 1 ? specimens[0] : null };
        for (var i = group.Obr.Position + 1; i < group.End; i++)
            if (run.Message.SegmentAt(i) is var obx && obx.Is("OBX")) observations.Add(Obx.Map(run, obx));
        Obr.Report(run, run.Order, specimens, observations);
    }
}
