using Health.Adapters.Mapping.Values;
using Health.Hl7v2;

namespace Health.Adapters.Mapping.Segments;

/// <summary>PR1 to Procedure.</summary>
internal static class Pr1
{
    private static readonly FieldSet Mapped = FieldSet.Of(1, 3, 4, 5, 6, 8, 11, 12, 15, 19);
    private static readonly byte[] Defaults = """{"status":"completed"}"""u8.ToArray();

    public static void Map(MappingRun run, SegmentView pr1)
    {
        run.Take(pr1, Mapped);
        if (run.PatientId is null || !pr1[3].IsPresent)
        {
            run.Unmapped(pr1.PathOf());
            return;
        }

        var patch = new Patch("Procedure");
        patch.Array("identifier");
        if (pr1[19].IsPresent) patch.Identifier(null, pr1[19].Repetition(1), run, "procedure");
        patch.End();
        patch.Concept("category", pr1[6], run, "PR1-6");
        patch.Concept("code", pr1[3].Repetition(1), run, "PR1-3");
        patch.Reference("subject", "Patient", run.PatientId);
        patch.Reference("encounter", "Encounter", run.EncounterId);
        patch.DateTime("performedDateTime", pr1[5], run);
        patch.Array("performer");
        foreach (var field in (int[])[8, 11, 12])
        {
            if (!pr1[field].IsPresent) continue;
            patch.Object();
            patch.Practitioner("actor", pr1[field].Repetition(1), run);
            patch.End();
        }

        patch.End();
        patch.Concepts("reasonCode", pr1[15], run, "PR1-15");
        run.Add(patch, run.Id("Procedure", pr1[19].Text(1) ?? $"{run.EncounterId ?? run.PatientId}|{pr1[3].Text(1)}|{pr1[5].Text(1)}"), Defaults);
    }
}
