using Health.Adapters.Mapping.Maps;
using Health.Adapters.Mapping.Tables;
using Health.Adapters.Mapping.Values;
using Health.Hl7v2;

namespace Health.Adapters.Mapping.Messages;

/// <summary>
/// RDE (O11, O25) and the RXO of orders: a MedicationRequest per medicine; RDS: a MedicationDispense per RXD; RAS: a
/// MedicationAdministration per RXA. A decoction of Chinese medicine is one request whose herbs (RXC) are the ingredients.
/// </summary>
internal static class Medicines
{
    private static readonly SegmentMap
        OrcRows = SegmentMaps.Of("ORC", "MedicationRequest"), RxoRows = SegmentMaps.Of("RXO", "MedicationRequest"), RxeRows = SegmentMaps.Of("RXE", "MedicationRequest"),
        RxdRows = SegmentMaps.Of("RXD", "MedicationDispense"), RxaRows = SegmentMaps.Of("RXA", "MedicationAdministration"),
        RouteRows = SegmentMaps.Of("RXR", "MedicationRequest"), HerbRows = SegmentMaps.Of("RXC", "MedicationRequest"), TimingRows = SegmentMaps.Of("TQ1", "MedicationRequest");

    public static void Map(MappingRun run)
    {
        if (run.PatientId is not null)
        {
            switch (run.MessageCode)
            {
                case "RDS":
                    foreach (var group in OrderGroup.Of(run.Message, "RXD")) Dispense(run, group);
                    break;
                case "RAS":
                    foreach (var group in OrderGroup.Of(run.Message, "RXA")) Administration(run, group);
                    break;
                default:
                    Requests(run, run.Message.Segment("RXE").Exists ? "RXE" : "RXO");
                    break;
            }
        }

        Admissions.Map(run);
    }

    /// <summary>What is ordered: RXE where the pharmacy has encoded the order, else RXO as the doctor wrote it.</summary>
    public static void Requests(MappingRun run, string detail)
    {
        foreach (var group in OrderGroup.Of(run.Message, detail))
        {
            run.Order = group;
            run.Take(group.Orc, OrcRows);
            var rows = detail == "RXE" ? RxeRows : RxoRows;
            run.Take(group.Obr, rows);
            var patch = Patch.Of("MedicationRequest");
            OrcRows.Write(patch, group.Orc, run);
            patch.Text("intent", "order");
            rows.Write(patch, group.Obr, run);
            WriteDosage(patch, run, group, detail);
            patch.Reference("subject", "Patient", run.PatientId);
            patch.Reference("encounter", "Encounter", run.EncounterId);
            run.Add(patch, run.Id("MedicationRequest", Key(run, group)));
        }
    }

    /// <summary>RXE-2 or RXO-1; with RXC below it a preparation of those herbs.</summary>
    public static void WriteMedicine(Patch patch, SegmentView detail, MappingRun run)
    {
        var code = detail.Is("RXE") ? detail[2] : detail[1];
        var place = detail.Is("RXE") ? "RXE-2" : "RXO-1";
        if (!Below(run, "RXC").Exists)
        {
            patch.Null("medicationReference");
            if (code.IsPresent) patch.Concept("medicationCodeableConcept", code.Repetition(1), run, place);
            else if (!code.IsNull()) Unknown(patch);
            return;
        }

        patch.Null("medicationCodeableConcept");
        patch.Array("contained");
        patch.Object();
        patch.Text("resourceType", "Medication");
        patch.Text("id", "medicine");
        if (code.IsPresent) patch.Concept("code", code.Repetition(1), run, place);
        patch.Array("ingredient");
        for (var i = detail.Position + 1; i < run.Order.End; i++)
            if (run.Message.SegmentAt(i) is var herb && herb.Is("RXC")) WriteHerb(patch, herb, run);
        patch.End();
        patch.End();
        patch.End();
        patch.Object("medicationReference");
        patch.Text("reference", "#medicine");
        patch.End();
    }

    private static void WriteHerb(Patch patch, SegmentView rxc, MappingRun run)
    {
        run.Take(rxc, HerbRows);
        if (!rxc[2].IsPresent)
        {
            run.Unmapped(rxc.PathOf());
            return;
        }

        patch.Object();
        patch.Concept("itemCodeableConcept", rxc[2].Repetition(1), run, "RXC-2");
        if (Quantities.Parse(rxc[3].Component(1)) is { } amount)
        {
            patch.Object("strength");
            patch.Quantity("numerator", amount, rxc[4].Repetition(1), run);
            patch.Object("denominator");
            patch.Number("value", "1");
            patch.End();
            patch.End();
        }

        patch.End();
    }

    private static void WriteDosage(Patch patch, MappingRun run, OrderGroup group, string detail)
    {
        var (route, timing) = (Below(run, "RXR"), Below(run, "TQ1"));
        run.Take(route, RouteRows);
        run.Take(timing, TimingRows);
        // RXE-3/4/5 and RXO-2/3/4 are least amount, most amount and unit.
        var (least, unit) = detail == "RXE" ? (group.Obr[3], group.Obr[5]) : (group.Obr[2], group.Obr[4]);
        patch.Array("dosageInstruction");
        patch.Object();
        if (timing.Exists)
        {
            patch.Object("timing");
            patch.Object("repeat");
            patch.Period("boundsPeriod", timing[7], timing[8], run);
            patch.End();
            if (timing[3].IsPresent) patch.Concept("code", timing[3].Repetition(1), run, "TQ1-3");
            patch.End();
        }

        if (route[1].IsPresent) patch.Concept("route", route[1].Repetition(1), run, "RXR-1");
        if (route[2].IsPresent) patch.Concept("site", route[2].Repetition(1), run, "RXR-2");
        if (Quantities.Parse(least.Component(1)) is { Comparator: null } dose)
        {
            patch.Array("doseAndRate");
            patch.Object();
            patch.Quantity("doseQuantity", dose, unit.Repetition(1), run);
            patch.End();
            patch.End();
        }

        patch.End();
        patch.End();
    }

    private static void Dispense(MappingRun run, OrderGroup group)
    {
        run.Order = group;
        run.Take(group.Orc, OrcRows);
        run.Take(group.Obr, RxdRows);
        var patch = Patch.Of("MedicationDispense");
        patch.Text("status", Statuses.Dispense(group.Orc[1].Text(1), group.Orc[5].Text(1)));
        RxdRows.Write(patch, group.Obr, run);
        if (!group.Obr[2].IsPresent) Unknown(patch);
        patch.Reference("subject", "Patient", run.PatientId);
        patch.Reference("context", "Encounter", run.EncounterId);
        run.Add(patch, run.Id("MedicationDispense", $"{Key(run, group)}|{group.Obr[1].Text(1)}|{group.Obr[3].Text(1)}"));
    }

    private static void Administration(MappingRun run, OrderGroup group)
    {
        var rxa = group.Obr;
        run.Order = group;
        run.Take(group.Orc, OrcRows);
        run.Take(rxa, RxaRows);
        if (run.Time(rxa[3]) is null)
        {
            run.Unmapped(rxa.PathOf());
            return;
        }

        var patch = Patch.Of("MedicationAdministration");
        RxaRows.Write(patch, rxa, run);
        if (!rxa[5].IsPresent) Unknown(patch);
        patch.Reference("subject", "Patient", run.PatientId);
        patch.Reference("context", "Encounter", run.EncounterId);
        run.Add(patch, run.Id("MedicationAdministration", $"{Key(run, group)}|{rxa[1].Text(1)}|{rxa[2].Text(1)}|{rxa[3].Text(1)}"));
    }

    /// <summary>RXA-20 (table 0322) tells; RXA-21 D takes the entry back.</summary>
    public static void WriteAdministrationStatus(Patch patch, SegmentView rxa, MappingRun run) =>
        patch.Text("status", rxa[21].Text(1) == "D" ? "entered-in-error" : rxa[20].Text(1) switch { "RE" or "NA" => "not-done", "PA" => "stopped", _ => "completed" });

    /// <summary>RXA-3 alone is a time, with a later RXA-4 a period.</summary>
    public static void WriteAdministrationTime(Patch patch, SegmentView rxa, MappingRun run) => Segments.Obx.WriteEffective(patch, rxa[3], IsLater(rxa) ? rxa[4] : default, run);

    /// <summary>RXA-6 and 7, and the way of the RXR below.</summary>
    public static void WriteAdministrationDosage(Patch patch, SegmentView rxa, MappingRun run)
    {
        var route = Below(run, "RXR");
        run.Take(route, RouteRows);
        patch.Object("dosage");
        if (route[2].IsPresent) patch.Concept("site", route[2].Repetition(1), run, "RXR-2");
        if (route[1].IsPresent) patch.Concept("route", route[1].Repetition(1), run, "RXR-1");
        if (Quantities.Parse(rxa[6].Component(1)) is { Comparator: null, Number: not "999" } dose) patch.Quantity("dose", dose, rxa[7].Repetition(1), run);
        patch.End();
    }

    private static bool IsLater(SegmentView rxa) =>
        rxa[3].Component(1).Time() is { } start && rxa[4].Component(1).Time() is { } end && end.Local > start.Local;

    private static string Key(MappingRun run, OrderGroup group) =>
        (group.Orc[2].Text(1) ?? group.Orc[3].Text(1)) is { } number ? $"{number}^{group.Orc[2].Text(2)}" : $"{run.MessageKey}|{group.Obr.Occurrence}";

    /// <summary>The first segment of a name below the order in hand.</summary>
    private static SegmentView Below(MappingRun run, string name)
    {
        for (var i = run.Order.Obr.Position + 1; i < run.Order.End; i++)
            if (run.Message.SegmentAt(i) is var segment && segment.Is(name)) return segment;
        return run.Message.SegmentAt(-1);
    }

    /// <summary>medication[x] must be there; a message that names none says so.</summary>
    private static void Unknown(Patch patch)
    {
        patch.Object("medicationCodeableConcept");
        patch.Array("extension");
        patch.Object();
        patch.Text("url", "http://hl7.org/fhir/StructureDefinition/data-absent-reason");
        patch.Text("valueCode", "unknown");
        patch.End();
        patch.End();
        patch.End();
    }
}
