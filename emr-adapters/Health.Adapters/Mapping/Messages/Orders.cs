using Health.Adapters.Mapping.Maps;
using Health.Adapters.Mapping.Segments;
using Health.Adapters.Mapping.Values;

namespace Health.Adapters.Mapping.Messages;

/// <summary>ORM, OML, OMG, OMP: a ServiceRequest per ORC and OBR, a MedicationRequest per ORC and RXO.</summary>
internal static class Orders
{
    private static readonly SegmentMap OrcRows = SegmentMaps.Of("ORC", "ServiceRequest"), ObrRows = SegmentMaps.Of("OBR", "ServiceRequest");

    public static void Map(MappingRun run)
    {
        if (run.PatientId is not null)
        {
            foreach (var group in OrderGroup.Of(run.Message, "OBR")) MapGroup(run, group);
            Medicines.Requests(run, "RXO");
        }

        Admissions.Map(run);
    }

    private static void MapGroup(MappingRun run, OrderGroup group)
    {
        var (orc, obr) = (group.Orc, group.Obr);
        run.Take(orc, OrcRows);
        run.Take(obr, ObrRows);
        run.Order = group with { Key = group.PlacerKey(run) };
        var specimens = new List<string>();
        for (var i = obr.Position + 1; i < group.End; i++)
            if (run.Message.SegmentAt(i) is var spm && spm.Is("SPM")) specimens.Add(Spm.Map(run, spm, run.Order.Key));

        var patch = Patch.Of("ServiceRequest");
        OrcRows.Write(patch, orc, run);
        patch.Text("intent", "order");
        ObrRows.Write(patch, obr, run);
        patch.Reference("subject", "Patient", run.PatientId);
        patch.Reference("encounter", "Encounter", run.EncounterId);
        patch.Array("specimen");
        foreach (var specimen in specimens) patch.Reference(null, "Specimen", specimen);
        patch.End();
        Notes.From(patch, "note", run, obr.Position + 1);
        run.Add(patch, run.Id("ServiceRequest", run.Order.Key));
    }
}
