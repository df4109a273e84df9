using System.Globalization;
using Health.Adapters.Mapping.Maps;
using Health.Adapters.Mapping.Tables;
using Health.Adapters.Mapping.Values;
using Health.Hl7v2;

namespace Health.Adapters.Mapping.Segments;

/// <summary>DG1 to Condition and to the visit's list of diagnoses. The same code of the same kind on one visit is the same Condition.</summary>
internal static class Dg1
{
    private static readonly SegmentMap Rows = SegmentMaps.Of("DG1", "Condition");

    /// <param name="Use">DG1-6: admitting, working, final.</param>
    internal readonly record struct Diagnosis(string ConditionId, KnownCode? Use, int? Rank);

    public static IReadOnlyList<Diagnosis> Map(MappingRun run, string? encounterId)
    {
        List<Diagnosis>? diagnoses = null;
        foreach (var dg1 in run.Message.Segments("DG1"))
        {
            run.Take(dg1, Rows);
            if (run.PatientId is null || (!dg1[3].IsPresent && !dg1[4].IsPresent))
            {
                run.Unmapped(dg1.PathOf());
                continue;
            }

            (diagnoses ??= []).Add(One(run, dg1, encounterId));
        }

        return diagnoses ?? [];
    }

    /// <summary>The list of a message replaces the stored list; no DG1 leaves it alone.</summary>
    public static void WriteDiagnoses(Patch patch, IReadOnlyList<Diagnosis> diagnoses)
    {
        patch.Array("diagnosis");
        foreach (var diagnosis in diagnoses)
        {
            patch.Object();
            patch.Reference("condition", "Condition", diagnosis.ConditionId);
            if (diagnosis.Use is { } use) patch.Fixed("use", use.System, use.Code);
            patch.Number("rank", diagnosis.Rank?.ToString(CultureInfo.InvariantCulture));
            patch.End();
        }

        patch.End();
    }

    public static void WriteVerification(Patch patch, SegmentView dg1, MappingRun run)
    {
        if (dg1[21].Text(1) == "D") patch.Fixed("verificationStatus", "http://terminology.hl7.org/CodeSystem/condition-ver-status", "entered-in-error");
    }

    /// <summary>DG1-3, or the description of older senders alone.</summary>
    public static void WriteCode(Patch patch, SegmentView dg1, MappingRun run)
    {
        if (dg1[3].IsPresent)
        {
            patch.Concept("code", dg1[3].Repetition(1), run, "DG1-3");
            return;
        }

        patch.Object("code");
        patch.Text("text", dg1[4].Component(1));
        patch.End();
    }

    private static Diagnosis One(MappingRun run, SegmentView dg1, string? encounterId)
    {
        var kind = dg1[6].Text(1);
        var what = dg1[3].Text(1) ?? dg1[3].Text(2) ?? dg1[4].Text(1);
        var id = run.Id("Condition", dg1[20].Text(1) ?? $"{encounterId ?? run.PatientId}|{what}|{kind}");
        var patch = Patch.Of("Condition");
        patch.Array("category");
        patch.Fixed(null, "http://terminology.hl7.org/CodeSystem/condition-category", "encounter-diagnosis");
        patch.End();
        Rows.Write(patch, dg1, run);
        patch.Reference("subject", "Patient", run.PatientId);
        patch.Reference("encounter", "Encounter", encounterId);
        run.Add(patch, id);
        var rank = int.TryParse(dg1[15].Text(1), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0 ? number : (int?)null;
        return new Diagnosis(id, kind is null ? null : CodeTables.DiagnosisType.Find(kind), rank);
    }
}
