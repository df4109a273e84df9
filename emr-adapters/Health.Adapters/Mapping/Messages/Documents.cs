using System.Text;
using Health.Adapters.Mapping.Maps;
using Health.Adapters.Mapping.Values;
using Health.Hl7v2;

namespace Health.Adapters.Mapping.Messages;

/// <summary>MDM (T01 to T11): a DocumentReference per TXA whose content is the OBX below it.</summary>
internal static class Documents
{
    private static readonly SegmentMap Rows = SegmentMaps.Of("TXA", "DocumentReference"), ObxRows = SegmentMaps.Of("OBX", "DocumentReference");

    /// <summary>content is required; a notification without its document (T01, T03 …) keeps what is stored.</summary>
    private static readonly byte[] ContentDefault =
        """{"content":[{"attachment":{"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/data-absent-reason","valueCode":"unknown"}]}}]}"""u8.ToArray();

    public static void Map(MappingRun run)
    {
        var txa = run.Message.Segment("TXA");
        if (txa.Exists && run.PatientId is not null) One(run, txa);
        run.LeaveRest();
    }

    private static void One(MappingRun run, SegmentView txa)
    {
        run.Take(txa, Rows);
        var patch = Patch.Of("DocumentReference");
        Rows.Write(patch, txa, run);
        patch.Reference("subject", "Patient", run.PatientId);
        WriteContent(patch, run, txa.Position);
        if (run.EncounterId is not null)
        {
            patch.Object("context");
            patch.Array("encounter");
            patch.Reference(null, "Encounter", run.EncounterId);
            patch.End();
            patch.End();
        }

        run.Add(patch, run.Id("DocumentReference", txa[12].Text(1) ?? run.MessageKey), ContentDefault);
    }

    /// <summary>T11 cancels the document; TXA-17 CA or TXA-19 CA, OB say that it is no longer the current one.</summary>
    public static void WriteStatus(Patch patch, SegmentView txa, MappingRun run) =>
        patch.Text("status", run.TriggerEvent == "T11" || txa[17].Text(1) == "CA" ? "entered-in-error" : txa[19].Text(1) is "OB" or "AR" ? "superseded" : "current");

    /// <summary>T05, T06: an addendum to the parent document in TXA-13; T09, T10: its replacement.</summary>
    public static void WriteRelation(Patch patch, SegmentView txa, MappingRun run)
    {
        var code = run.TriggerEvent switch { "T05" or "T06" => "appends", "T09" or "T10" => "replaces", _ => null };
        if (code is null || !txa[13].Component(1).HasText())
        {
            if (txa[13].IsPresent) run.Unmapped(txa.PathOf(13));
            return;
        }

        patch.Array("relatesTo");
        patch.Object();
        patch.Text("code", code);
        patch.Object("target");
        patch.Text("type", "DocumentReference");
        patch.Identifier("identifier", run.OwnSystem("document"), txa[13].Component(1));
        patch.End();
        patch.End();
        patch.End();
    }

    private static void WriteContent(Patch patch, MappingRun run, int position)
    {
        var text = new StringBuilder();
        patch.Array("content");
        for (var i = position + 1; i < run.Message.SegmentCount; i++)
        {
            var obx = run.Message.SegmentAt(i);
            if (!obx.Is("OBX")) continue;
            run.Take(obx, ObxRows);
            if (!obx[5].IsPresent) continue;
            if (obx[2].Text(1) is "ED" or "RP")
            {
                patch.Object();
                patch.Object("attachment");
                if (obx[2].Text(1) == "ED") Attachments.Encapsulated(patch, obx[5].Repetition(1));
                else Attachments.Pointer(patch, obx[5].Repetition(1));
                patch.End();
                patch.End();
            }
            else
            {
                text.Append(Notes.LinesOf(obx[5])).Append('\n');
            }
        }

        if (text.Length > 0)
        {
            patch.Object();
            patch.Object("attachment");
            patch.Text("contentType", "text/plain; charset=utf-8");
            patch.Text("data", Convert.ToBase64String(Encoding.UTF8.GetBytes(text.ToString().TrimEnd('\n'))));
            patch.End();
            patch.End();
        }

        patch.End();
    }
}
