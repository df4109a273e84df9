using Health.Adapters.Mapping.Maps;
using Health.Adapters.Mapping.Messages;
using Health.Adapters.Mapping.Values;
using Health.Hl7v2;

namespace Health.Adapters.Mapping.Segments;

/// <summary>
/// The specimens of an order: one per SPM; of senders without SPM one of what OBR says (source, volume, comment of the collector). The
/// time of OBR-7 alone makes no specimen: an X-ray has one too.
/// </summary>
internal static class Specimens
{
    private static readonly SegmentMap OrderRows = SegmentMaps.Of("OBR", "Specimen"), CommentRows = SegmentMaps.Of("OBR", "SpecimenComment");

    /// <summary>What is read of the OBR beside what its report and its request read.</summary>
    public static SegmentMap RowsOf(MappingRun run, OrderGroup group) => !HasOwn(run, group) && Says(group.Obr) ? OrderRows : CommentRows;

    /// <param name="key">Names the order the specimens belong to.</param>
    /// <returns>The ids of the Specimens, in the order of the message.</returns>
    public static List<string> Of(MappingRun run, OrderGroup group, string key)
    {
        var specimens = new List<string>();
        for (var i = group.Obr.Position + 1; i < group.End; i++)
            if (run.Message.SegmentAt(i) is var spm && spm.Is("SPM")) specimens.Add(Spm.Map(run, spm, key, specimens.Count == 0 ? group.Obr[39] : default));
        if (specimens.Count == 0 && Says(group.Obr)) specimens.Add(FromOrder(run, group.Obr, key));
        return specimens;
    }

    private static bool HasOwn(MappingRun run, OrderGroup group)
    {
        for (var i = group.Obr.Position + 1; i < group.End; i++)
            if (run.Message.SegmentAt(i).Is("SPM")) return true;
        return false;
    }

    private static bool Says(SegmentView obr) => obr[9].IsPresent || obr[15].IsPresent || obr[39].IsPresent;

    private static string FromOrder(MappingRun run, SegmentView obr, string key)
    {
        var patch = Patch.Of("Specimen");
        OrderRows.Write(patch, obr, run);
        patch.Reference("subject", "Patient", run.PatientId);
        var id = run.Id("Specimen", $"{key}|OBR");
        run.Add(patch, id);
        return id;
    }

    /// <summary>SPS of OBR-15: what it is, what was added to it, what became of it.</summary>
    public static void WriteSource(Patch patch, SegmentView obr, MappingRun run)
    {
        var (source, additive, condition) = (obr[15].Component(1), obr[15].Component(2), obr[15].Component(6));
        if (source.HasText()) patch.Concept("type", source, run, "OBR-15");
        patch.Array("container");
        patch.Object();
        if (additive.HasText()) patch.Concept("additiveCodeableConcept", additive, run, "OBR-15.2");
        patch.End();
        patch.End();
        patch.Array("condition");
        if (condition.HasText()) patch.Concept(null, condition, run, "OBR-15.6");
        patch.End();
    }

    /// <summary>OBR-7 to 10, and the site of OBR-15.</summary>
    public static void WriteOrderedCollection(Patch patch, SegmentView obr, MappingRun run)
    {
        patch.Object("collection");
        if (obr[10].IsPresent) patch.Practitioner("collector", obr[10].Repetition(1), run);
        Spm.WriteCollected(patch, obr[7].Component(1), obr[8].Component(1), run);
        Spm.WriteVolume(patch, obr[9]);
        if (obr[15].Component(4) is var site && site.HasText()) patch.Concept("bodySite", site, run, "OBR-15.4");
        patch.End();
    }

    /// <summary>The free text of OBR-15, and what the collector says (OBR-39).</summary>
    public static void WriteOrderedNotes(Patch patch, SegmentView obr, MappingRun run)
    {
        patch.Array("note");
        patch.Object();
        patch.Text("text", obr[15].Component(3));
        patch.End();
        WriteComments(patch, obr[39]);
        patch.End();
    }

    /// <summary>OBR-39 or SPM-14, members of <c>note</c>: the text as typed, else code and name.</summary>
    public static void WriteComments(Patch patch, FieldView comments)
    {
        if (!comments.IsPresent) return;
        foreach (var comment in comments.Repetitions)
        {
            patch.Object();
            if (comment.Component(1).HasText() && comment.Component(2).HasText() && !comment.Component(9).HasText()) patch.Text("text", $"{comment.Text(1)}, {comment.Text(2)}");
            else patch.Text("text", comment.Component(9).Or(comment.Component(1)).Or(comment.Component(2)).Or(comment.Component(4)).Or(comment.Component(5)));
            patch.End();
        }
    }
}
