using Health.Adapters.Mapping.Maps;
using Health.Adapters.Mapping.Values;
using Health.Hl7v2;

namespace Health.Adapters.Mapping.Segments;

/// <summary>AL1 to AllergyIntolerance. One per patient and substance.</summary>
internal static class Al1
{
    private static readonly SegmentMap Rows = SegmentMaps.Of("AL1", "AllergyIntolerance");

    /// <summary>A listed allergy is active until someone says otherwise (ait-1 asks for a clinical status).</summary>
    private static readonly byte[] Defaults =
        """{"clinicalStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical","code":"active"}]}}"""u8.ToArray();

    public static void Map(MappingRun run, SegmentView al1)
    {
        run.Take(al1, Rows);
        if (run.PatientId is null || !al1[3].IsPresent)
        {
            run.Unmapped(al1.PathOf());
            return;
        }

        var patch = Patch.Of("AllergyIntolerance");
        Rows.Write(patch, al1, run);
        patch.Reference("patient", "Patient", run.PatientId);
        run.Add(patch, run.Id("AllergyIntolerance", $"{run.PatientId}|{al1[3].Text(1) ?? al1[3].Text(2)}"), Defaults);
    }

    public static void WriteReactions(Patch patch, SegmentView al1, MappingRun run)
    {
        if (!al1[5].IsPresent) return;
        patch.Array("reaction");
        patch.Object();
        patch.Array("manifestation");
        foreach (var reaction in al1[5].Repetitions)
        {
            patch.Object();
            patch.Text("text", reaction.Component(2).Or(reaction.Component(1)));
            patch.End();
        }

        patch.End();
        if (patch.IsOpen) patch.Text("severity", al1[4].Text(1) switch { "SV" => "severe", "MO" => "moderate", "MI" => "mild", _ => null });
        patch.End();
        patch.End();
    }
}
