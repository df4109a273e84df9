using Health.Adapters.Mapping.Segments;
using Health.Hl7v2;

namespace Health.Adapters.Mapping.Messages;

/// <summary>ORU and OUL: a DiagnosticReport per OBR with its Observations and Specimens.</summary>
internal static class Results
{
    private static readonly FieldSet OrcMapped = FieldSet.Of(1, 2, 3, 5);

    public static MappingResult.Refused? Map(MappingRun run)
    {
        if (run.Message.Segment("PID", 2).Exists)
            return new MappingResult.Refused([Hl7Diagnostic.Error("PID[2]", Hl7ErrorCode.SegmentSequence, "Results of several patients in one message are not taken.")]);
        foreach (var group in OrderGroup.Of(run.Message)) MapGroup(run, group);
        Obx.Order? order = null;
        foreach (var obx in run.Message.Segments("OBX"))
            if (!run.IsTaken(obx.Position)) Obx.Map(run, obx, order ??= OrderGroup.WithoutOrder(run));
        run.LeaveRest();
        return null;
    }

    private static void MapGroup(MappingRun run, OrderGroup group)
    {
        run.Take(group.Orc, OrcMapped);
        var key = group.Key(run);
        List<string> specimens = [], observations = [];
        for (var i = group.Obr.Position + 1; i < group.End; i++)
            if (run.Message.SegmentAt(i) is var spm && spm.Is("SPM")) specimens.Add(Spm.Map(run, spm, key));
        var order = group.Observations(key, specimens.Count == 1 ? specimens[0] : null);
        for (var i = group.Obr.Position + 1; i < group.End; i++)
            if (run.Message.SegmentAt(i) is var obx && obx.Is("OBX")) observations.Add(Obx.Map(run, obx, order));
        Obr.Report(run, group, key, specimens, observations);
    }
}
