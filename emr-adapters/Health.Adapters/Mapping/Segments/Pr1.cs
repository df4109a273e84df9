using Health.Adapters.Mapping.Maps;
using Health.Adapters.Mapping.Values;
using Health.Hl7v2;

namespace Health.Adapters.Mapping.Segments;

/// <summary>PR1 to Procedure.</summary>
internal static class Pr1
{
    private static readonly SegmentMap Rows = SegmentMaps.Of("PR1", "Procedure");
    private static readonly byte[] Defaults = """{"status":"completed"}"""u8.ToArray();

    public static void Map(MappingRun run, SegmentView pr1)
    {
        run.Take(pr1, Rows);
        if (run.PatientId is null || !pr1[3].IsPresent)
        {
            run.Unmapped(pr1.PathOf());
            return;
        }

        var patch = Patch.Of("Procedure");
        Rows.Write(patch, pr1, run);
        patch.Reference("subject", "Patient", run.PatientId);
        patch.Reference("encounter", "Encounter", run.EncounterId);
        run.Add(patch, run.Id("Procedure", pr1[19].Text(1) ?? $"{run.EncounterId ?? run.PatientId}|{pr1[3].Text(1)}|{pr1[5].Text(1)}"), Defaults);
    }
}
