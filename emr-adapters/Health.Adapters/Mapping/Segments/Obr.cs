using Health.Adapters.Mapping.Messages;
using Health.Adapters.Mapping.Tables;
using Health.Adapters.Mapping.Values;
using Health.Hl7v2;

namespace Health.Adapters.Mapping.Segments;

/// <summary>OBR to DiagnosticReport.</summary>
internal static class Obr
{
    private const string ReportNote = "http://hl7.org/fhir/5.0/StructureDefinition/extension-DiagnosticReport.note";
    private static readonly FieldSet Mapped = FieldSet.Of(1, 2, 3, 4, 7, 8, 22, 24, 25, 32);

    public static void Report(MappingRun run, OrderGroup group, string key, IReadOnlyList<string> specimens, IReadOnlyList<string> observations)
    {
        var obr = group.Obr;
        run.Take(obr, Mapped);
        var patch = new Patch("DiagnosticReport");
        var defaults = Patch.ForDefaults();
        WriteNote(patch, obr, run);
        WriteNumbers(patch, group, run);
        if (Statuses.Report(obr[25].Text(1)) is { } status) patch.Text("status", status);
        else defaults.Text("status", "unknown");
        if (obr[25].IsPresent && Statuses.Report(obr[25].Text(1)) is null) run.Unmapped(obr.PathOf(25));
        if (patch.Says("category", obr[24]))
        {
            patch.Array("category");
            patch.Concept(null, obr[24].Repetition(1), run, "OBR-24", CodeTables.DiagnosticService);
            patch.End();
        }

        Obx.WriteCode(patch, obr[4], run, "OBR-4");
        patch.Reference("subject", "Patient", run.PatientId);
        patch.Reference("encounter", "Encounter", run.EncounterId);
        Obx.WriteEffective(patch, obr[7], obr[8], run);
        if (patch.Says("issued", obr[22])) patch.Text("issued", run.Instant(obr[22]));
        WriteInterpreter(patch, obr[32], run);
        References(patch, "specimen", "Specimen", specimens);
        References(patch, "result", "Observation", observations);
        run.Add(patch, run.Id("DiagnosticReport", key), defaults.SaysSomething ? defaults.Finish() : default, "identifier", "result");
    }

    private static void WriteNumbers(Patch patch, OrderGroup group, MappingRun run)
    {
        patch.Array("identifier");
        patch.Identifier(null, run.OwnSystem("order"), group.Placer, "PLAC");
        patch.Identifier(null, run.OwnSystem("report"), group.Filler, "FILL");
        patch.End();
    }

    /// <summary>NDL: its first component is a name and number in subcomponents.</summary>
    private static void WriteInterpreter(Patch patch, FieldView ndl, MappingRun run)
    {
        if (!patch.Says("resultsInterpreter", ndl)) return;
        var (number, family, given) = (ndl.Repetition(1).Text(1, 1), ndl.Repetition(1).Text(1, 2), ndl.Repetition(1).Text(1, 3));
        patch.Array("resultsInterpreter");
        patch.Staff(null, run, number, family is not null && given is not null && !HumanNames.IsChinese(family) ? $"{given} {family}" : family + given is { Length: > 0 } name ? name : null);
        patch.End();
    }

    private static void References(Patch patch, string element, string type, IReadOnlyList<string> ids)
    {
        patch.Array(element);
        foreach (var id in ids) patch.Reference(null, type, id);
        patch.End();
    }

    /// <summary>The NTE right below the OBR; R4 reports have no note of their own.</summary>
    private static void WriteNote(Patch patch, SegmentView obr, MappingRun run)
    {
        if (!run.Message.SegmentAt(obr.Position + 1).Is("NTE")) return;
        patch.Array("extension");
        for (var i = obr.Position + 1; run.Message.SegmentAt(i) is var nte && nte.Is("NTE"); i++)
        {
            run.Take(nte, Notes.Mapped);
            if (Notes.TextOf(nte) is not { } text) continue;
            patch.Object();
            patch.Text("url", ReportNote);
            patch.Object("valueAnnotation");
            patch.Text("text", text);
            patch.End();
            patch.End();
        }

        patch.End();
    }
}
