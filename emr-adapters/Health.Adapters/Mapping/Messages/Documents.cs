using System.Text;
using Health.Adapters.Mapping.Segments;
using Health.Adapters.Mapping.Values;
using Health.Hl7v2;

namespace Health.Adapters.Mapping.Messages;

/// <summary>MDM: a DocumentReference per TXA whose content is the OBX below it.</summary>
internal static class Documents
{
    private static readonly FieldSet Mapped = FieldSet.Of(1, 2, 3, 6, 9, 10, 12, 17, 25);
    private static readonly FieldSet ObxMapped = FieldSet.Of(1, 2, 3, 5, 11);

    public static void Map(MappingRun run)
    {
        var txa = run.Message.Segment("TXA");
        if (txa.Exists && run.PatientId is not null) One(run, txa);
        run.LeaveRest();
    }

    private static void One(MappingRun run, SegmentView txa)
    {
        run.Take(txa, Mapped);
        var patch = new Patch("DocumentReference");
        patch.Identifier("masterIdentifier", run.OwnSystem("document"), txa[12].Text(1));
        patch.Text("status", run.Message.TriggerEvent == "T11" ? "entered-in-error" : "current");
        patch.Text("docStatus", txa[17].Text(1) switch { "AU" or "LA" or "DO" => "final", "DI" or "IN" or "IP" or "PA" => "preliminary", _ => null });
        patch.Concept("type", txa[2], run, "TXA-2");
        patch.Reference("subject", "Patient", run.PatientId);
        if (run.Instant(txa[6]) is { } date) patch.Text("date", date);
        patch.Array("author");
        if (txa[9].IsPresent) foreach (var author in txa[9].Repetitions) patch.Practitioner(null, author, run);
        patch.End();
        if (txa[10].IsPresent) patch.Practitioner("authenticator", txa[10].Repetition(1), run);
        patch.Text("description", txa[25].Text(1));
        WriteContent(patch, run, txa.Position);
        if (run.EncounterId is not null)
        {
            patch.Object("context");
            patch.Array("encounter");
            patch.Reference(null, "Encounter", run.EncounterId);
            patch.End();
            patch.End();
        }

        run.Add(patch, run.Id("DocumentReference", txa[12].Text(1) ?? run.Message.ControlId), ContentDefault);
    }

    /// <summary>content is required; a notification without its document (T01, T03 …) keeps what is stored.</summary>
    private static readonly byte[] ContentDefault =
        """{"content":[{"attachment":{"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/data-absent-reason","valueCode":"unknown"}]}}]}"""u8.ToArray();

    private static void WriteContent(Patch patch, MappingRun run, int position)
    {
        var text = new StringBuilder();
        patch.Array("content");
        for (var i = position + 1; i < run.Message.SegmentCount; i++)
        {
            var obx = run.Message.SegmentAt(i);
            if (!obx.Is("OBX")) continue;
            run.Take(obx, ObxMapped);
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
                text.AppendJoin('\n', obx[5].Repetitions.Select(line => line.ToText())).Append('\n');
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
