using Health.Adapters.Mapping.Segments;
using Health.Adapters.Mapping.Tables;
using Health.Adapters.Mapping.Values;

namespace Health.Adapters.Mapping.Messages;

/// <summary>ORM, OML, OMG, OMP: a ServiceRequest per ORC and OBR. Orders of medicines (RXO) are reported, not mapped.</summary>
internal static class Orders
{
    private static readonly FieldSet OrcMapped = FieldSet.Of(1, 2, 3, 4, 5, 9, 12);
    private static readonly FieldSet ObrMapped = FieldSet.Of(1, 2, 3, 4, 5, 16, 31);

    public static void Map(MappingRun run)
    {
        foreach (var group in OrderGroup.Of(run.Message))
            if (run.PatientId is not null) MapGroup(run, group);
        Admissions.Map(run);
    }

    private static void MapGroup(MappingRun run, OrderGroup group)
    {
        var (orc, obr) = (group.Orc, group.Obr);
        run.Take(orc, OrcMapped);
        run.Take(obr, ObrMapped);
        var key = group.PlacerKey(run);
        var specimens = new List<string>();
        for (var i = obr.Position + 1; i < group.End; i++)
            if (run.Message.SegmentAt(i) is var spm && spm.Is("SPM")) specimens.Add(Spm.Map(run, spm, key));

        var patch = new Patch("ServiceRequest");
        var defaults = Patch.ForDefaults();
        patch.Array("identifier");
        patch.Identifier(null, run.OwnSystem("order"), group.Placer, "PLAC");
        patch.Identifier(null, run.OwnSystem("report"), group.Filler, "FILL");
        patch.End();
        if (orc[4].IsPresent) patch.Identifier("requisition", run.OwnSystem("order-group"), orc[4].Text(1), "PGN");
        if (Statuses.Order(orc[1].Text(1), orc[5].Text(1)) is { } status) patch.Text("status", status);
        else defaults.Text("status", "unknown");
        patch.Text("intent", "order");
        patch.Text("priority", obr[5].Text(1) switch { "S" => "stat", "A" => "asap", "R" => "routine", _ => null });
        patch.Concept("code", obr[4], run, "OBR-4");
        patch.Reference("subject", "Patient", run.PatientId);
        patch.Reference("encounter", "Encounter", run.EncounterId);
        if (orc[1].Text(1) == "NW") patch.DateTime("authoredOn", orc[9], run);
        var requester = orc[12].IsPresent ? orc[12] : obr[16];
        if (requester.IsPresent) patch.Practitioner("requester", requester.Repetition(1), run);
        patch.Concepts("reasonCode", obr[31], run, "OBR-31");
        patch.Array("specimen");
        foreach (var specimen in specimens) patch.Reference(null, "Specimen", specimen);
        patch.End();
        Notes.From(patch, "note", run, obr.Position + 1);
        run.Add(patch, run.Id("ServiceRequest", key), defaults.SaysSomething ? defaults.Finish() : default);
    }
}
