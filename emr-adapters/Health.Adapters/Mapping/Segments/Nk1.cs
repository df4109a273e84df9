using Health.Adapters.Mapping.Maps;
using Health.Adapters.Mapping.Values;
using Health.Hl7v2;

namespace Health.Adapters.Mapping.Segments;

/// <summary>NK1 to Patient.contact; the list of a message replaces the stored list.</summary>
internal static class Nk1
{
    private static readonly SegmentMap Rows = SegmentMaps.Of("NK1", "Contact");

    public static void Map(Patch patch, MappingRun run)
    {
        patch.Array("contact");
        foreach (var nk1 in run.Message.Segments("NK1"))
        {
            run.Take(nk1, Rows);
            // A contact without name, telecom, address or organization is none (pat-1).
            if (!nk1[2].IsPresent && !nk1[4].IsPresent && !nk1[5].IsPresent && !nk1[6].IsPresent && !nk1[13].IsPresent && !nk1[40].IsPresent) continue;
            patch.Object();
            Rows.Write(patch, nk1, run);
            patch.End();
        }

        patch.End();
    }
}
