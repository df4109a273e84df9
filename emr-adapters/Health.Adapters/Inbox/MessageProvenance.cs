using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Health.Adapters.Mapping;
using Health.Contracts;

namespace Health.Adapters.Inbox;

/// <summary>The Provenance that leads from every resource of a message to the message itself and to the mapper that read it.</summary>
internal static class MessageProvenance
{
    /// <param name="writes">Of the first person.</param>
    /// <param name="others">Each gets a Provenance of its own: none names what is somebody else's.</param>
    public static IEnumerable<RecordWrite> Of(
        ClaimedMessage claimed, IReadOnlyList<RecordWrite> writes, IEnumerable<(MappedPerson Person, string ResidentId)> others, IKeyring keyring)
    {
        yield return Of(claimed, writes, claimed.MessageId, keyring);
        var number = 1;
        foreach (var (person, residentId) in others)
            yield return Of(claimed, person.Writes, string.Create(CultureInfo.InvariantCulture, $"{claimed.MessageId}#{++number}"), keyring) with { ResidentId = residentId };
    }

    private static RecordWrite Of(ClaimedMessage claimed, IReadOnlyList<RecordWrite> writes, string key, IKeyring keyring)
    {
        var id = keyring.DeriveId("Provenance", "urn:health:message", key);
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("resourceType", "Provenance");
            json.WriteString("id", id);
            json.WriteStartArray("target");
            foreach (var target in writes.Where(write => write.Kind != WriteKind.Delete).Select(write => $"{write.ResourceType}/{write.Id}").Distinct())
                WriteReference(json, null, target);
            json.WriteEndArray();
            json.WriteString("recorded", claimed.ReceivedAt.ToString("yyyy-MM-ddTHH:mm:ss.fffzzz", CultureInfo.InvariantCulture));
            json.WriteStartArray("agent");
            json.WriteStartObject();
            json.WriteStartObject("type");
            json.WriteStartArray("coding");
            json.WriteStartObject();
            json.WriteString("system", "http://terminology.hl7.org/CodeSystem/provenance-participant-type");
            json.WriteString("code", "transmitter");
            json.WriteEndObject();
            json.WriteEndArray();
            json.WriteEndObject();
            WriteReference(json, "who", $"Organization/{claimed.InstitutionCode.ToLowerInvariant()}");
            json.WriteEndObject();
            json.WriteEndArray();
            json.WriteStartArray("entity");
            json.WriteStartObject();
            json.WriteString("role", "source");
            json.WriteStartObject("what");
            json.WriteString("reference", $"Binary/{claimed.MessageId}");
            json.WriteString("display", $"HL7 v2 {claimed.Type}, mapper version {MessageMapper.Version}");
            json.WriteEndObject();
            json.WriteEndObject();
            json.WriteEndArray();
            json.WriteEndObject();
        }

        return new RecordWrite(WriteKind.Put, "Provenance", id, buffer.WrittenMemory);
    }

    private static void WriteReference(Utf8JsonWriter json, string? name, string reference)
    {
        if (name is null) json.WriteStartObject();
        else json.WriteStartObject(name);
        json.WriteString("reference", reference);
        json.WriteEndObject();
    }
}
