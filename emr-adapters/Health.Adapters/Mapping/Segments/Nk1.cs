using Health.Adapters.Mapping.Tables;
using Health.Adapters.Mapping.Values;
using Health.Hl7v2;

namespace Health.Adapters.Mapping.Segments;

/// <summary>NK1 to Patient.contact; the list of a message replaces the stored list.</summary>
internal static class Nk1
{
    private static readonly FieldSet Mapped = FieldSet.Of(1, 2, 3, 4, 5, 6, 7, 8, 9, 13, 15, 40);

    public static void Map(Patch patch, MappingRun run)
    {
        patch.Array("contact");
        foreach (var nk1 in run.Message.Segments("NK1"))
        {
            run.Take(nk1, Mapped);
            // A contact without name, telecom, address or organization is none (pat-1).
            if (!nk1[2].IsPresent && !nk1[4].IsPresent && !nk1[5].IsPresent && !nk1[6].IsPresent && !nk1[13].IsPresent && !nk1[40].IsPresent) continue;
            patch.Object();
            Write(patch, nk1, run);
            patch.End();
        }

        patch.End();
    }

    private static void Write(Patch patch, SegmentView nk1, MappingRun run)
    {
        patch.Array("relationship");
        if (nk1[3].IsPresent) patch.Concept(null, nk1[3].Repetition(1), run, "NK1-3", CodeTables.Relationship);
        if (nk1[7].IsPresent) patch.Concept(null, nk1[7].Repetition(1), run, "NK1-7");
        patch.End();
        if (nk1[2].IsPresent) patch.Name("name", nk1[2].Repetition(1));
        patch.Array("telecom");
        if (nk1[5].IsPresent) foreach (var home in nk1[5].Repetitions) patch.Telecom(home, "home");
        if (nk1[6].IsPresent) foreach (var work in nk1[6].Repetitions) patch.Telecom(work, "work");
        if (nk1[40].IsPresent) foreach (var other in nk1[40].Repetitions) patch.Telecom(other, null);
        patch.End();
        if (nk1[4].IsPresent) patch.Address("address", nk1[4].Repetition(1));
        if (nk1[15].Text(1) is { } sex)
        {
            if (Statuses.Gender(sex) is { } gender) patch.Text("gender", gender);
            else run.Unmapped(nk1.PathOf(15));
        }

        if (nk1[13].IsPresent) patch.Organization("organization", nk1[13].Repetition(1), run);
        patch.Object("period");
        patch.Text("start", run.DateTime(nk1[8]));
        patch.Text("end", run.DateTime(nk1[9]));
        patch.End();
    }
}
