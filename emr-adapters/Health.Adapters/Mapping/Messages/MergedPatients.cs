using Health.Adapters.Mapping.Segments;
using Health.Adapters.Mapping.Maps;
using Health.Adapters.Mapping.Values;
using Health.Contracts;
using Health.Hl7v2;

namespace Health.Adapters.Mapping.Messages;

/// <summary>
/// A40, A34, A47 (and A18, A30, A36 of older senders): the hospital says that the number in MRG-1 is the person of PID-3. That is a link
/// between two Patients for the index of persons, never a rewrite: the other Patient stays with everything that was recorded under it and
/// says by whom it is replaced.
/// </summary>
internal static class MergedPatients
{
    private static readonly SegmentMap Rows = SegmentMaps.Of("MRG", "Patient");

    public static bool IsMerge(MappingRun run) => run.MessageCode == "ADT" && run.TriggerEvent is "A18" or "A30" or "A34" or "A36" or "A40" or "A47";

    /// <returns>Null when the mapping may go on.</returns>
    public static MappingResult.Refused? Map(MappingRun run)
    {
        if (!IsMerge(run) || run.PatientId is null) return null;
        var mrg = run.Message.Segment("MRG");
        if (PriorNumber(mrg, run) is not { } prior)
            return Refused("MRG-1", Hl7ErrorCode.RequiredFieldMissing, "The message merges patients and names no prior number in MRG-1.");
        var priorId = run.DeriveId("Patient", run.Names.PatientSystem, prior);
        if (priorId == run.PatientId) return Refused("MRG-1", Hl7ErrorCode.DuplicateKeyIdentifier, "MRG-1 names the patient of PID-3: nobody is merged into himself.");
        foreach (var segment in run.Message.Segments("MRG")) run.Take(segment, Rows);
        var patch = Patch.Of("Patient");
        patch.Array("identifier");
        patch.Identifier(null, run.Names.PatientSystem, prior);
        patch.End();
        patch.Flag("active", false);
        WriteLink(patch, run.PatientId, "replaced-by");
        patch.Reference("managingOrganization", "Organization", run.Names.OrganizationId);
        run.Add(patch, priorId, unions: ["identifier"]);
        run.Merge(new PatientMerge(new PatientIdentity(priorId, run.Institution, [new PersonIdentifier(run.Names.PatientSystem, prior)], null, null, null), run.PatientId));
        return null;
    }

    /// <summary>The surviving patient says whom it replaces, and is in use again should it have been merged away before.</summary>
    public static void Link(Patch patch, MappingRun run, string patientId)
    {
        if (!IsMerge(run) || PriorNumber(run.Message.Segment("MRG"), run) is not { } prior) return;
        var priorId = run.DeriveId("Patient", run.Names.PatientSystem, prior);
        if (priorId == patientId) return;
        patch.Flag("active", true);
        WriteLink(patch, priorId, "replaces");
    }

    private static void WriteLink(Patch patch, string otherId, string type)
    {
        patch.Array("link");
        patch.Object();
        patch.Reference("other", "Patient", otherId);
        patch.Text("type", type);
        patch.End();
        patch.End();
    }

    /// <summary>The institution's own number of MRG-1: the one typed as such, else the first.</summary>
    private static string? PriorNumber(SegmentView mrg, MappingRun run)
    {
        string? first = null;
        foreach (var cx in mrg[1].Repetitions)
        {
            if (cx.Text(1) is not { } number) continue;
            if (cx.Text(5) is null or "MR" or "PI" or "PN" or "PT") return number;
            first ??= number;
        }

        return first;
    }

    private static MappingResult.Refused Refused(string path, string code, string text) => new([Hl7Diagnostic.Error(path, code, text)]);
}
