using Health.Adapters.Mapping.Maps;
using Health.Adapters.Mapping.Values;
using Health.Hl7v2;

namespace Health.Adapters.Mapping.Messages;

/// <summary>DFT (P03, P11): a ChargeItem per FT1. Amounts stay digit for digit as sent; what a visit costs is settled by the card bridge.</summary>
internal static class Charges
{
    private static readonly SegmentMap Rows = SegmentMaps.Of("FT1", "ChargeItem");

    public static void Map(MappingRun run)
    {
        foreach (var ft1 in run.Message.Segments("FT1"))
        {
            run.Take(ft1, Rows);
            if (run.PatientId is null || !ft1[7].IsPresent)
            {
                run.Unmapped(ft1.PathOf());
                continue;
            }

            var patch = Patch.Of("ChargeItem");
            patch.Array("identifier");
            patch.Identifier(null, run.OwnSystem("charge"), ft1[2].Component(1));
            patch.End();
            Rows.Write(patch, ft1, run);
            patch.Reference("subject", "Patient", run.PatientId);
            patch.Reference("context", "Encounter", run.EncounterId);
            run.Add(patch, run.Id("ChargeItem", ft1[2].Text(1) ?? $"{run.EncounterId ?? run.PatientId}|{ft1[4].Text(1)}|{ft1[7].Text(1)}"));
        }

        Admissions.Map(run);
    }

    /// <summary>FT1-6, table 0017: a charge can be billed; a credit takes one back.</summary>
    public static void WriteStatus(Patch patch, SegmentView ft1, MappingRun run)
    {
        patch.Text("status", ft1[6].Text(1) switch { "CG" or "CO" => "billable", "CD" => "aborted", "PY" => "billed", _ => "unknown" });
        if (ft1[6].IsPresent && ft1[6].Text(1) is not ("CG" or "CO" or "CD" or "PY")) run.Unmapped(ft1.PathOf(6));
    }
}
