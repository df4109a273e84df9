using Health.Adapters.Mapping.Values;
using Health.Hl7v2;

namespace Health.Adapters.Mapping.Segments;

/// <summary>AL1 to AllergyIntolerance. One per patient and substance.</summary>
internal static class Al1
{
    private static readonly FieldSet Mapped = FieldSet.Of(1, 2, 3, 4, 5, 6);

    /// <summary>A listed allergy is active until someone says otherwise (ait-1 asks for a clinical status).</summary>
    private static readonly byte[] Defaults =
        """{"clinicalStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical","code":"active"}]}}"""u8.ToArray();

    public static void Map(MappingRun run, SegmentView al1)
    {
        run.Take(al1, Mapped);
        if (run.PatientId is null || !al1[3].IsPresent)
        {
            run.Unmapped(al1.PathOf());
            return;
        }

        var patch = new Patch("AllergyIntolerance");
        var type = al1[2].Text(1);
        patch.Text("type", type is "DA" or "FA" or "EA" or "AA" or "PA" or "LA" or "MA" ? "allergy" : null);
        patch.Array("category");
        patch.Item(type switch { "DA" => "medication", "FA" => "food", "EA" or "PA" or "LA" => "environment", "AA" => "biologic", _ => null });
        patch.End();
        var severity = al1[4].Text(1);
        patch.Text("criticality", severity switch { "SV" => "high", "MO" or "MI" => "low", "U" => "unable-to-assess", _ => null });
        patch.Concept("code", al1[3].Repetition(1), run, "AL1-3");
        patch.Reference("patient", "Patient", run.PatientId);
        patch.DateTime("onsetDateTime", al1[6], run);
        WriteReaction(patch, al1, severity);
        run.Add(patch, run.Id("AllergyIntolerance", $"{run.PatientId}|{al1[3].Text(1) ?? al1[3].Text(2)}"), Defaults);
    }

    private static void WriteReaction(Patch patch, SegmentView al1, string? severity)
    {
        if (!al1[5].IsPresent) return;
        patch.Array("reaction");
        patch.Object();
        patch.Array("manifestation");
        foreach (var reaction in al1[5].Repetitions)
        {
            patch.Object();
            patch.Text("text", reaction.Text(2) ?? reaction.Text(1));
            patch.End();
        }

        patch.End();
        if (patch.IsOpen) patch.Text("severity", severity switch { "SV" => "severe", "MO" => "moderate", "MI" => "mild", _ => null });
        patch.End();
        patch.End();
    }
}
