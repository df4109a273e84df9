using Health.Adapters.Mapping.Maps;
using Health.Adapters.Mapping.Segments;
using Health.Adapters.Mapping.Values;

namespace Health.Adapters.Mapping.Messages;

/// <summary>ORM, OML, OMG, OMP: a ServiceRequest per ORC and OBR, a MedicationRequest per ORC and RXO.</summary>
internal static class Orders
{
    /// <summary>What a ServiceRequest reads of an order.</summary>
    public static readonly SegmentMap OrcRows = SegmentMaps.Of("ORC", "ServiceRequest"), ObrRows = SegmentMaps.Of("OBR", "ServiceRequest");

    public static void Map(MappingRun run)
    {
        if (run.PatientId is not null)
        {
            foreach (var group in OrderGroup.Of(run.Message, "OBR")) MapGroup(run, group);
            Medicines.Requests(run, "RXO");
        }

        Admissions.Map(run);
    }

    /// <summary>The order in hand as it was asked for, also of results that answer it. What the message does not say of it stays.</summary>
    /// <param name="key">Names the order among those of the institution.</param>
    /// <returns>The id of the ServiceRequest.</returns>
    public static string Request(MappingRun run, string key, IReadOnlyList<string> specimens)
    {
        var (orc, obr) = (run.Order.Orc, run.Order.Obr);
        var patch = Patch.Of("ServiceRequest");
        OrcRows.Write(patch, orc, run);
        patch.Text("intent", "order");
        ObrRows.Write(patch, obr, run);
        patch.Reference("subject", "Patient", run.PatientId);
        patch.Reference("encounter", "Encounter", run.EncounterId);
        patch.ReferenceList("specimen", "Specimen", specimens);
        Notes.From(patch, "note", run, obr.Position + 1);
        var id = run.Id("ServiceRequest", key);
        run.Add(patch, id);
        return id;
    }

    private static void MapGroup(MappingRun run, OrderGroup group)
    {
        run.Take(group.Orc, OrcRows);
        run.Take(group.Obr, ObrRows, Specimens.RowsOf(run, group));
        run.Order = group with { Key = group.PlacerKey(run) };
        Request(run, run.Order.Key, Specimens.Of(run, group, run.Order.Key));
    }
}
