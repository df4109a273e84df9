using Health.Adapters.Mapping.Maps;
using Health.Adapters.Mapping.Values;
using Health.Hl7v2;

namespace Health.Adapters.Mapping.Segments;

/// <summary>IN1 to Coverage. A coverage must name its payor: a segment that names none is left unmapped.</summary>
internal static class In1
{
    private static readonly SegmentMap Rows = SegmentMaps.Of("IN1", "Coverage");
    private static readonly byte[] Defaults = """{"status":"active"}"""u8.ToArray();

    public static void Map(MappingRun run, SegmentView in1)
    {
        run.Take(in1, Rows);
        var number = in1[36].Component(1).Or(in1[49].Component(1));
        if (run.PatientId is null || !PayorName(in1).HasText())
        {
            run.Unmapped(in1.PathOf());
            return;
        }

        var patch = Patch.Of("Coverage");
        patch.Array("identifier");
        patch.Identifier(null, run.OwnSystem("coverage"), number);
        patch.End();
        patch.Text("subscriberId", number);
        Rows.Write(patch, in1, run);
        patch.Reference("beneficiary", "Patient", run.PatientId);
        run.Add(patch, run.Id("Coverage", $"{run.PatientId}|{in1[2].Text(1)}|{in1[3].Text(1)}|{number.Text()}"), Defaults);
    }

    /// <summary>IN1-15 says what kind of plan it is; where it is silent IN1-2 names the plan.</summary>
    public static void WriteType(Patch patch, SegmentView in1, MappingRun run)
    {
        if (in1[15].IsPresent) patch.Concept("type", in1[15], run, "IN1-15");
        else patch.Concept("type", in1[2], run, "IN1-2");
    }

    public static void WritePayor(Patch patch, SegmentView in1, MappingRun run)
    {
        patch.Array("payor");
        patch.Object();
        patch.Text("type", "Organization");
        patch.Identifier("identifier", run.OwnSystem("payor"), in1[3].Component(1));
        patch.Text("display", PayorName(in1));
        patch.End();
        patch.End();
    }

    private static ComponentView PayorName(SegmentView in1) => in1[4].Component(1).Or(in1[3].Component(1)).Or(in1[2].Component(2));
}
