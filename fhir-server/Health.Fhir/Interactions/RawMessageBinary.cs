using System.Buffers;
using System.Text.Json;
using Health.Contracts;
using Health.Fhir.Records;
using Health.Fhir.Wire;

namespace Health.Fhir.Interactions;

/// <summary>
/// <c>Binary/&lt;message id&gt;</c>: the bytes a hospital sent, where a Provenance leads. Only for the institution that sent them and for
/// operators. http://hl7.org/fhir/R4/binary.html
/// </summary>
internal static class RawMessageBinary
{
    /// <summary>null when there is no such message for this caller.</summary>
    public static async ValueTask<FhirAnswer?> Read(FhirRequest request, CancellationToken ct)
    {
        if (request.Services.RawMessages is not { } messages || await messages.Open(request.Id!, ct) is not { } message) return null;
        var target = $"Binary/{request.Id}";
        if (message.InstitutionCode != request.Caller.InstitutionCode && !request.Caller.Roles.Contains("operator"))
        {
            await request.Services.Audit.Record(request.Fact("R", "read", 4) with { Target = target, ResidentId = message.ResidentId, Reason = "not-the-sender" }, ct);
            return null;
        }

        await request.RecordRead("read", target, message.ResidentId, ct);
        foreach (var other in message.OtherResidents) await request.RecordRead("read", target, other, ct);
        var buffer = new ArrayBufferWriter<byte>(message.Bytes.Length * 2);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("resourceType", "Binary");
            json.WriteString("id", request.Id);
            json.WriteStartObject("meta");
            json.WriteString("versionId", "1");
            json.WriteString("lastUpdated", ResourceBytes.Instant(message.ReceivedAt));
            json.WriteEndObject();
            json.WriteString("contentType", $"x-application/hl7-v2+er7; charset={message.Charset}");
            json.WriteBase64String("data", message.Bytes);
            json.WriteEndObject();
        }

        return new FhirAnswer(200) { Body = buffer.WrittenMemory, Version = 1, LastUpdated = message.ReceivedAt };
    }
}
