using Health.Adapters.Mapping.Maps;
using Health.Adapters.Mapping.Values;
using Health.Hl7v2;

namespace Health.Adapters.Mapping.Segments;

/// <summary>SPM to Specimen.</summary>
internal static class Spm
{
    private static readonly SegmentMap Rows = SegmentMaps.Of("SPM", "Specimen");

    /// <param name="order">Key of the order the specimen belongs to; its own number (SPM-2) is stronger.</param>
    /// <returns>The id of the Specimen.</returns>
    public static string Map(MappingRun run, SegmentView spm, string order)
    {
        run.Take(spm, Rows);
        var own = spm[2].Repetition(1).Text(2, 1) ?? spm[2].Repetition(1).Text(1, 1);
        var patch = Patch.Of("Specimen");
        patch.Array("identifier");
        if (own is not null) patch.Identifier(null, run.OwnSystem("specimen"), own);
        patch.End();
        Rows.Write(patch, spm, run);
        patch.Reference("subject", "Patient", run.PatientId);
        var id = run.Id("Specimen", own ?? $"{order}|{spm[1].Text(1)}");
        run.Add(patch, id);
        return id;
    }

    public static void WriteCollection(Patch patch, SegmentView spm, MappingRun run)
    {
        var (start, end) = (spm[17].Component(1).Sub(1), spm[17].Component(2).Sub(1));
        patch.Object("collection");
        if (start.Time() is { } from)
        {
            if (end.Time() is { } to)
            {
                patch.Object("collectedPeriod");
                patch.Time("start", from, run.Zone);
                patch.Time("end", to, run.Zone);
                patch.End();
            }
            else
            {
                patch.Time("collectedDateTime", from, run.Zone);
            }
        }
        else if (start.HasText())
        {
            run.Unmapped(spm.PathOf(17));
        }

        if (Quantities.Parse(spm[12].Component(1)) is { } amount)
        {
            patch.Object("quantity");
            patch.Number("value", amount.Number);
            patch.Text("unit", spm[12].Component(2).Sub(2).Or(spm[12].Component(2).Sub(1)));
            patch.End();
        }

        patch.Concept("method", spm[7], run, "SPM-7");
        patch.Concept("bodySite", spm[8], run, "SPM-8");
        patch.End();
    }
}
