using System.Globalization;
using System.Text;
using System.Text.Json;
using Health.Hl7v2;

namespace Health.Adapters.Mapping.Outbound;

/// <summary>What the header of a message says beside its event.</summary>
/// <param name="IsEnhanced">MSH-15 AL and MSH-16 NE: a commit acknowledgement is asked for and is all that is waited for.</param>
internal sealed record OutboundHeader(
    string SendingApplication, string SendingFacility, string ReceivingApplication, string ReceivingFacility, string Version, string ProcessingId, Hl7Charset Charset, bool IsEnhanced);

/// <summary>
/// Writes ADT, ORU and MDM from FHIR, pure: the same subject, header and time give the same bytes (HL7 v2.5.1 chapters 3, 7 and 9).
/// </summary>
internal static class OutboundWriter
{
    private const string NoteOfReport = "http://hl7.org/fhir/5.0/StructureDefinition/extension-DiagnosticReport.note";

    /// <param name="at">When the change was recorded; MSH-7.</param>
    public static byte[] Write(OutboundMessage message, OutboundHeader header, string controlId, DateTimeOffset at)
    {
        var writer = new Hl7Writer();
        var time = OutboundTypes.Time(at.ToString("O", CultureInfo.InvariantCulture), message.Names.Zone);
        var seconds = time.IndexOf('.', StringComparison.Ordinal) is var dot and > 0 ? time[..dot] + time[^5..] : time;
        Msh(writer, message.Event, header, controlId, seconds);
        if (message.Event.Code is "ADT" or "MDM") writer.Segment("EVN").Raw(2, seconds);
        writer.Write("PID", "Patient", PersonOf(message), message, Given.Number(1));
        switch (message.Event.Code)
        {
            case "ADT":
                Adt(writer, message);
                break;
            case "ORU":
                Visit(writer, message, isRequired: false);
                Results(writer, message);
                break;
            default:
                Visit(writer, message, isRequired: true);
                Document(writer, message);
                break;
        }

        return writer.ToBytes(header.Charset);
    }

    public static void Msh(Hl7Writer writer, OutboundEvent said, OutboundHeader header, string controlId, string time)
    {
        // The structure exists since 2.3.1.
        var type = string.CompareOrdinal(header.Version, "2.3.1") < 0 ? Er7.Values(said.Code, said.Trigger) : Er7.Values(said.Code, said.Trigger, said.Structure);
        writer.Segment("MSH")
            .Field(3, header.SendingApplication).Field(4, header.SendingFacility).Field(5, header.ReceivingApplication).Field(6, header.ReceivingFacility)
            .Raw(7, time).Raw(9, type).Field(10, controlId).Field(11, header.ProcessingId).Field(12, header.Version);
        if (header.IsEnhanced) writer.Field(15, "AL").Field(16, "NE");
        writer.Field(17, "CHN").Field(18, header.Charset.Name);
    }

    /// <summary>Of a merge PID is who stays.</summary>
    private static JsonElement PersonOf(OutboundMessage message) =>
        message.Event.Trigger == "A40" ? message.Subject.Survivor!.Value : message.Subject.Patient;

    private static void Adt(Hl7Writer writer, OutboundMessage message)
    {
        if (message.Event.Trigger == "A40")
        {
            // The receiver's own numbers are those of the survivor.
            writer.Write("MRG", "Patient", message.Subject.Resource, message with { Subject = message.Subject with { OwnNumbers = [] } }, []);
            return;
        }

        var number = 0;
        foreach (var contact in message.Subject.Patient.At("contact")) writer.Write("NK1", "Contact", contact, message, Given.Number(++number));
        Visit(writer, message, isRequired: true);
        number = 0;
        foreach (var (condition, use) in message.Subject.Diagnoses)
        {
            var given = Given.Number(++number);
            if (use is not null) given["use"] = use;
            writer.Write("DG1", "Condition", condition, message, given);
        }
    }

    /// <summary>PV1; where it is required and there is no visit, PV1-2 says N, not applicable.</summary>
    private static void Visit(Hl7Writer writer, OutboundMessage message, bool isRequired)
    {
        if (message.Subject.Encounter is { } encounter) writer.Write("PV1", "Encounter", encounter, message, Given.Number(1));
        else if (isRequired) writer.Segment("PV1").Field(1, "1").Field(2, "N");
    }

    private static void Results(Hl7Writer writer, OutboundMessage message)
    {
        var report = message.Subject.Resource;
        writer.Write("OBR", message.Subject.Type, report, message, Given.Number(1));
        var notes = report.At("extension").Where(one => one.Text("url") == NoteOfReport).SelectMany(one => one.At("valueAnnotation.text")).Concat(report.At("conclusion"));
        if (message.Subject.Type == "DiagnosticReport") Notes(writer, notes);
        var number = 0;
        foreach (var result in message.Subject.Results) number = Result(writer, result, message, number);
        foreach (var form in report.At("presentedForm"))
        {
            if (ObservationValue.OfAttachment(form) is not { } value) continue;
            writer.Segment("OBX").Field(1, (++number).ToString(CultureInfo.InvariantCulture)).Raw(2, value.Type)
                .Raw(3, report.At("code") is [var code, ..] ? OutboundTypes.Concept(code, message.Names) : "").Raw(5, value.Value).Raw(11, "F");
        }

        var place = 0;
        foreach (var specimen in message.Subject.Specimens) writer.Write("SPM", "Specimen", specimen, message, Given.Number(++place));
    }

    /// <summary>An Observation as OBX, its components as OBX below it by OBX-4, its notes.</summary>
    private static int Result(Hl7Writer writer, JsonElement result, OutboundMessage message, int number)
    {
        var components = result.At("component");
        var value = ObservationValue.Of(result, message.Names);
        // What has components only is a heading, and its code stands in OBR-4 or before theirs.
        if (value is not null || components.Count == 0)
        {
            var given = Given.Number(++number);
            value?.Into(given);
            if (components.Count > 0) given["sub"] = "1";
            writer.Write("OBX", "Observation", result, message, given);
        }

        Notes(writer, result.At("note.text"));
        var sub = value is null ? 0 : 1;
        foreach (var component in components)
        {
            var given = Given.Number(++number);
            ObservationValue.Of(component, message.Names)?.Into(given);
            given["sub"] = (++sub).ToString(CultureInfo.InvariantCulture);
            given["status"] = OutboundTable.Code("ObservationStatus", result.Text("status"));
            given["time"] = OutboundTypes.Time(result.Text("effectiveDateTime,effectiveInstant,effectivePeriod.start"), message.Names.Zone);
            writer.Write("OBX", "Component", component, message, given);
        }

        return number;
    }

    private static void Notes(Hl7Writer writer, IEnumerable<JsonElement> notes)
    {
        var number = 0;
        foreach (var note in notes)
            writer.Segment("NTE").Field(1, (++number).ToString(CultureInfo.InvariantCulture))
                .Raw(3, string.Join('~', (note.GetString() ?? "").ReplaceLineEndings("\n").Split('\n').Select(Er7.Text)));
    }

    private static void Document(Hl7Writer writer, OutboundMessage message)
    {
        var contents = message.Event.Trigger == "T11" ? [] : message.Subject.Resource.At("content.attachment").Select(Content).OfType<ObservationValue>().ToList();
        var given = Given.Number(1);
        given["presentation"] = contents is [{ Type: "TX" or "ST" }, ..] ? "TX" : contents.Count > 0 ? "AP" : "";
        writer.Write("TXA", "DocumentReference", message.Subject.Resource, message, given);
        var number = 0;
        foreach (var value in contents)
            writer.Segment("OBX").Field(1, (++number).ToString(CultureInfo.InvariantCulture)).Raw(2, value.Type)
                .Raw(3, message.Subject.Resource.At("type") is [var type, ..] ? OutboundTypes.Concept(type, message.Names) : "").Raw(5, value.Value).Raw(11, "F");
    }

    /// <summary>Plain text goes as text, everything else as it is.</summary>
    private static ObservationValue? Content(JsonElement attachment)
    {
        var type = attachment.Text("contentType");
        if (type?.StartsWith("text/plain", StringComparison.Ordinal) != true || attachment.Text("data") is not { } data || Utf8(data) is not { } text)
            return ObservationValue.OfAttachment(attachment);
        return ObservationValue.OfText(text) with { Type = "TX" };
    }

    /// <summary>Null where the bytes are no UTF-8: then they go as they are.</summary>
    private static string? Utf8(string base64)
    {
        var bytes = new byte[base64.Length];
        if (!Convert.TryFromBase64String(base64, bytes, out var length) || !System.Text.Unicode.Utf8.IsValid(bytes.AsSpan(0, length))) return null;
        return Encoding.UTF8.GetString(bytes, 0, length);
    }
}
