using Health.Adapters.Mapping.Maps;
using Health.Adapters.Mapping.Values;
using Health.Hl7v2;

namespace Health.Adapters.Mapping.Messages;

/// <summary>PPR (PC1 to PC3): a Condition of the problem list per PRB.</summary>
internal static class Problems
{
    private const string Clinical = "http://terminology.hl7.org/CodeSystem/condition-clinical", Verification = "http://terminology.hl7.org/CodeSystem/condition-ver-status";
    private static readonly SegmentMap Rows = SegmentMaps.Of("PRB", "Condition");

    public static void Map(MappingRun run)
    {
        foreach (var prb in run.Message.Segments("PRB"))
        {
            run.Take(prb, Rows);
            if (run.PatientId is null || !prb[3].IsPresent)
            {
                run.Unmapped(prb.PathOf());
                continue;
            }

            var patch = Patch.Of("Condition");
            patch.Array("category");
            patch.Fixed(null, "http://terminology.hl7.org/CodeSystem/condition-category", "problem-list-item");
            patch.End();
            Rows.Write(patch, prb, run);
            patch.Reference("subject", "Patient", run.PatientId);
            patch.Reference("encounter", "Encounter", run.EncounterId);
            run.Add(patch, run.Id("Condition", prb[4].Text(1) ?? $"{run.PatientId}|problem|{prb[3].Text(1) ?? prb[3].Text(2)}"));
        }

        Admissions.Map(run);
    }

    /// <summary>Deleted (PC3 or PRB-1 DE) is entered in error and has no clinical state (con-5); ended is resolved (con-4); else active.</summary>
    public static void WriteStatus(Patch patch, SegmentView prb, MappingRun run)
    {
        if (run.TriggerEvent == "PC3" || prb[1].Text(1) == "DE")
        {
            patch.Null("clinicalStatus");
            patch.Fixed("verificationStatus", Verification, "entered-in-error");
            return;
        }

        patch.Fixed("clinicalStatus", Clinical, prb[9].IsPresent ? "resolved" : "active");
        if (prb[13].Text(1)?.ToUpperInvariant() switch { "C" or "CONFIRMED" => "confirmed", "P" or "PROVISIONAL" => "provisional", "D" or "DIFFERENTIAL" => "differential", "R" or "REFUTED" => "refuted", "U" or "UNCONFIRMED" => "unconfirmed", _ => null } is { } known)
            patch.Fixed("verificationStatus", Verification, known);
        else if (prb[13].IsPresent) run.Unmapped(prb.PathOf(13));
    }
}
