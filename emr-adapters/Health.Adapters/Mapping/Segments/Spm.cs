using Health.Adapters.Mapping.Maps;
using Health.Adapters.Mapping.Values;
using Health.Hl7v2;

namespace Health.Adapters.Mapping.Segments;

/// <summary>SPM to Specimen.</summary>
internal static class Spm
{
    private static readonly SegmentMap Rows = SegmentMaps.Of("SPM", "Specimen");

    /// <param name="order">Key of the order the specimen belongs to; its own number (SPM-2) is stronger.</param>
    /// <param name="comments">OBR-39, of the first specimen of an order.</param>
    /// <returns>The id of the Specimen.</returns>
    public static string Map(MappingRun run, SegmentView spm, string order, FieldView comments)
    {
        run.Take(spm, Rows);
        var own = spm[2].Repetition(1).Text(2, 1) ?? spm[2].Repetition(1).Text(1, 1);
        var patch = Patch.Of("Specimen");
        Rows.Write(patch, spm, run);
        patch.Array("note");
        Specimens.WriteComments(patch, comments);
        Specimens.WriteComments(patch, spm[14]);
        patch.End();
        patch.Reference("subject", "Patient", run.PatientId);
        var id = run.Id("Specimen", own ?? $"{order}|{spm[1].Text(1)}");
        run.Add(patch, id);
        return id;
    }

    /// <summary>The numbers of placer and filler (SPM-2), others (SPM-31), and the shipment's (SPM-32).</summary>
    public static void WriteNumbers(Patch patch, SegmentView spm, MappingRun run)
    {
        patch.Array("identifier");
        patch.Identifier(null, spm[2].Component(1), run, "specimen", "PGN");
        patch.Identifier(null, spm[2].Component(2), run, "specimen", "FGN");
        if (spm[31].IsPresent)
            foreach (var other in spm[31].Repetitions) patch.Numbered(null, other, run, "specimen-other");
        if (spm[32].IsPresent) patch.Identifier(null, spm[32].Repetition(1), run, "shipment", "SHIP");
        patch.End();
    }

    /// <summary>SPM-3: the specimens this one was taken from, by the filler's number, else the placer's.</summary>
    public static void WriteParents(Patch patch, SegmentView spm, MappingRun run)
    {
        if (!patch.Says("parent", spm[3])) return;
        patch.Array("parent");
        foreach (var parent in spm[3].Repetitions)
        {
            patch.Object();
            patch.Identifier("identifier", parent.Component(2).Or(parent.Component(1)), run, "specimen", parent.Component(2).HasText() ? "FGN" : "PGN");
            if (patch.IsOpen) patch.Text("type", "Specimen");
            patch.End();
        }

        patch.End();
    }

    /// <summary>SPM-27 and the first additive of SPM-6; a container has no more than one.</summary>
    public static void WriteContainer(Patch patch, SegmentView spm, MappingRun run)
    {
        if (!patch.Says("container", spm[27], spm[6])) return;
        patch.Array("container");
        patch.Object();
        if (spm[27].IsPresent) patch.Concept("type", spm[27].Repetition(1), run, "SPM-27");
        if (spm[6].IsPresent) patch.Concept("additiveCodeableConcept", spm[6].Repetition(1), run, "SPM-6");
        patch.End();
        patch.End();
        if (spm[6].Repetition(2).IsPresent) run.Unmapped(spm[6].Repetition(2).Path);
    }

    public static void WriteCollection(Patch patch, SegmentView spm, MappingRun run)
    {
        var (start, end) = (spm[17].Component(1).Sub(1), spm[17].Component(2).Sub(1));
        patch.Object("collection");
        WriteCollected(patch, start, end, run);
        if (start.HasText() && start.Time() is null) run.Unmapped(spm.PathOf(17));
        WriteVolume(patch, spm[12]);
        patch.Concept("method", spm[7], run, "SPM-7");
        patch.Concept("bodySite", spm[8], run, "SPM-8");
        patch.End();
    }

    /// <summary>collected[x] is one element: writing one form removes the other.</summary>
    public static void WriteCollected(Patch patch, ComponentView start, ComponentView end, MappingRun run)
    {
        if (start.Time() is null && end.Time() is null) return;
        if (end.Time() is null)
        {
            patch.Null("collectedPeriod");
            patch.Time("collectedDateTime", start.Time(), run);
            return;
        }

        patch.Null("collectedDateTime");
        patch.Object("collectedPeriod");
        patch.Time("start", start.Time(), run);
        patch.Time("end", end.Time(), run);
        patch.End();
    }

    /// <summary>CQ: amount and unit.</summary>
    public static void WriteVolume(Patch patch, FieldView volume)
    {
        if (Quantities.Parse(volume.Component(1)) is not { } amount) return;
        patch.Object("quantity");
        patch.Number("value", amount.Number);
        patch.Text("unit", volume.Component(2).Sub(2).Or(volume.Component(2).Sub(1)));
        patch.End();
    }
}
