using Health.Adapters.Mapping.Maps;
using Health.Adapters.Mapping.Messages;
using Health.Adapters.Mapping.Tables;
using Health.Adapters.Mapping.Values;
using Health.Hl7v2;

namespace Health.Adapters.Mapping.Segments;

/// <summary>OBR to DiagnosticReport.</summary>
internal static class Obr
{
    private const string ReportNote = "http://hl7.org/fhir/5.0/StructureDefinition/extension-DiagnosticReport.note";
    public static readonly SegmentMap Rows = SegmentMaps.Of("OBR", "DiagnosticReport");
    private static readonly string[] Unions = ["identifier", "result"];

    /// <param name="request">Id of the ServiceRequest that the report answers.</param>
    public static void Report(MappingRun run, OrderGroup group, string? request, IReadOnlyList<string> specimens, IReadOnlyList<string> observations)
    {
        var obr = group.Obr;
        var patch = Patch.Of("DiagnosticReport");
        WriteNote(patch, obr, run);
        Rows.Write(patch, obr, run);
        patch.Reference("subject", "Patient", run.PatientId);
        patch.Reference("encounter", "Encounter", run.EncounterId);
        if (request is not null) patch.ReferenceList("basedOn", "ServiceRequest", [request]);
        patch.ReferenceList("specimen", "Specimen", specimens);
        patch.ReferenceList("result", "Observation", observations);
        run.Add(patch, run.Id("DiagnosticReport", group.Key), unions: Unions);
    }

    public static void WriteStatus(Patch patch, SegmentView obr, MappingRun run)
    {
        if (Statuses.Report(obr[25].Text(1)) is { } status) patch.Text("status", status);
        else run.Defaults.Text("status", "unknown");
        if (obr[25].IsPresent && Statuses.Report(obr[25].Text(1)) is null) run.Unmapped(obr.PathOf(25));
    }

    public static void WriteCode(Patch patch, SegmentView obr, MappingRun run) => Obx.WriteCode(patch, obr[4], run, "OBR-4");

    public static void WriteEffective(Patch patch, SegmentView obr, MappingRun run) => Obx.WriteEffective(patch, obr[7], obr[8], run);

    /// <summary>NDL: its first component is a name and number in subcomponents.</summary>
    public static void WriteInterpreter(Patch patch, SegmentView obr, MappingRun run)
    {
        if (!patch.Says("resultsInterpreter", obr[32])) return;
        var cnn = obr[32].Component(1);
        patch.Array("resultsInterpreter");
        patch.Staff(null, run, cnn.Sub(1), cnn.Sub(2), cnn.Sub(3));
        patch.End();
    }

    /// <summary>The NTE right below the OBR; R4 reports have no note of their own.</summary>
    private static void WriteNote(Patch patch, SegmentView obr, MappingRun run)
    {
        if (!run.Message.SegmentAt(obr.Position + 1).Is("NTE")) return;
        patch.Array("extension");
        for (var i = obr.Position + 1; run.Message.SegmentAt(i) is var nte && nte.Is("NTE"); i++)
        {
            run.Take(nte, Notes.Map);
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
