using Health.Adapters.Mapping.Maps;
using Health.Adapters.Mapping.Values;

namespace Health.Adapters.Mapping.Messages;

/// <summary>REF (I12 to I15): a ServiceRequest per RF1; who refers and to whom stand in PRD.</summary>
internal static class Referrals
{
    private static readonly SegmentMap Rows = SegmentMaps.Of("RF1", "ServiceRequest"), ProviderRows = SegmentMaps.Of("PRD", "ServiceRequest");

    public static void Map(MappingRun run)
    {
        var rf1 = run.Message.Segment("RF1");
        if (rf1.Exists && run.PatientId is not null)
        {
            run.Take(rf1, Rows);
            var patch = Patch.Of("ServiceRequest");
            patch.Text("status", run.TriggerEvent == "I14" ? "revoked" : rf1[1].Text(1) switch { "A" => "active", "P" => "draft", "R" => "revoked", "E" => "completed", _ => "active" });
            patch.Text("intent", "order");
            Rows.Write(patch, rf1, run);
            patch.Reference("subject", "Patient", run.PatientId);
            patch.Reference("encounter", "Encounter", run.EncounterId);
            WriteProviders(patch, run);
            Notes.From(patch, "note", run, rf1.Position + 1);
            run.Add(patch, run.Id("ServiceRequest", $"referral|{rf1[6].Text(1) ?? rf1[11].Text(1) ?? run.MessageKey}"));
        }

        Admissions.Map(run);
    }

    /// <summary>PRD-1: RP refers, RT is referred to.</summary>
    private static void WriteProviders(Patch patch, MappingRun run)
    {
        var hasRequester = false;
        foreach (var prd in run.Message.Segments("PRD"))
        {
            if (prd[1].Text(1) != "RP" || hasRequester) continue;
            hasRequester = true;
            run.Take(prd, ProviderRows);
            patch.Staff("requester", run, prd[7].Component(1), prd[2].Component(1).Sub(1), prd[2].Component(2));
        }

        patch.Array("performer");
        foreach (var prd in run.Message.Segments("PRD"))
        {
            if (prd[1].Text(1) != "RT") continue;
            run.Take(prd, ProviderRows);
            patch.Staff(null, run, prd[7].Component(1), prd[2].Component(1).Sub(1), prd[2].Component(2));
        }

        patch.End();
    }
}
