using Health.Adapters.Mapping.Values;
using Health.Hl7v2;

namespace Health.Adapters.Mapping.Segments;

/// <summary>SPM to Specimen.</summary>
internal static class Spm
{
    private static readonly FieldSet Mapped = FieldSet.Of(1, 2, 3, 4, 7, 8, 12, 17, 18, 24, 27, 30);

    /// <param name="order">Key of the order the specimen belongs to; its own number (SPM-2) is stronger.</param>
    /// <returns>The id of the Specimen.</returns>
    public static string Map(MappingRun run, SegmentView spm, string order)
    {
        run.Take(spm, Mapped);
        var own = spm[2].Repetition(1).Text(2, 1) ?? spm[2].Repetition(1).Text(1, 1);
        var patch = new Patch("Specimen");
        patch.Array("identifier");
        if (own is not null) patch.Identifier(null, run.OwnSystem("specimen"), own);
        patch.End();
        patch.Identifier("accessionIdentifier", run.OwnSystem("accession"), spm[30].Text(1));
        patch.Concept("type", spm[4], run, "SPM-4");
        patch.Reference("subject", "Patient", run.PatientId);
        if (run.DateTime(spm[18]) is { } received) patch.Text("receivedTime", received);
        WriteCollection(patch, spm, run);
        patch.Concepts("condition", spm[24], run, "SPM-24");
        if (spm[27].IsPresent)
        {
            patch.Array("container");
            patch.Object();
            patch.Concept("type", spm[27].Repetition(1), run, "SPM-27");
            patch.End();
            patch.End();
        }

        var id = run.Id("Specimen", own ?? $"{order}|{spm[1].Text(1)}");
        run.Add(patch, id);
        return id;
    }

    private static void WriteCollection(Patch patch, SegmentView spm, MappingRun run)
    {
        var (start, end) = (spm[17].Repetition(1).Text(1, 1), spm[17].Repetition(1).Text(2, 1));
        patch.Object("collection");
        if (start is not null && Hl7Timestamp.TryParse(start, out var from))
        {
            if (end is not null && Hl7Timestamp.TryParse(end, out var to))
            {
                patch.Object("collectedPeriod");
                patch.Text("start", from.ToFhirDateTime(run.Zone));
                patch.Text("end", to.ToFhirDateTime(run.Zone));
                patch.End();
            }
            else
            {
                patch.Text("collectedDateTime", from.ToFhirDateTime(run.Zone));
            }
        }
        else if (start is not null)
        {
            run.Unmapped(spm.PathOf(17));
        }

        if (Quantities.Parse(spm[12].Text(1)) is { } amount)
        {
            patch.Object("quantity");
            patch.Number("value", amount.Number);
            patch.Text("unit", spm[12].Repetition(1).Text(2, 2) ?? spm[12].Repetition(1).Text(2, 1));
            patch.End();
        }

        patch.Concept("method", spm[7], run, "SPM-7");
        patch.Concept("bodySite", spm[8], run, "SPM-8");
        patch.End();
    }
}
