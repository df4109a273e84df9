using Health.Adapters.Mapping.Values;
using Health.Hl7v2;

namespace Health.Adapters.Mapping.Segments;

/// <summary>IN1 to Coverage. A coverage must name its payor: a segment that names none is left unmapped.</summary>
internal static class In1
{
    private static readonly FieldSet Mapped = FieldSet.Of(1, 2, 3, 4, 12, 13, 15, 36, 49);
    private static readonly byte[] Defaults = """{"status":"active"}"""u8.ToArray();

    public static void Map(MappingRun run, SegmentView in1)
    {
        run.Take(in1, Mapped);
        var (number, payor) = (in1[36].Text(1) ?? in1[49].Text(1), in1[4].Text(1) ?? in1[3].Text(1) ?? in1[2].Text(2));
        if (run.PatientId is null || payor is null)
        {
            run.Unmapped(in1.PathOf());
            return;
        }

        var patch = new Patch("Coverage");
        patch.Array("identifier");
        patch.Identifier(null, run.OwnSystem("coverage"), number);
        patch.End();
        patch.Text("subscriberId", number);
        patch.Concept("type", in1[15].IsPresent ? in1[15] : in1[2], run, in1[15].IsPresent ? "IN1-15" : "IN1-2");
        patch.Reference("beneficiary", "Patient", run.PatientId);
        patch.Period("period", in1[12], in1[13], run);
        patch.Array("payor");
        patch.Object();
        patch.Text("type", "Organization");
        patch.Identifier("identifier", run.OwnSystem("payor"), in1[3].Text(1));
        patch.Text("display", payor);
        patch.End();
        patch.End();
        run.Add(patch, run.Id("Coverage", $"{run.PatientId}|{in1[2].Text(1)}|{in1[3].Text(1)}|{number}"), Defaults);
    }
}
