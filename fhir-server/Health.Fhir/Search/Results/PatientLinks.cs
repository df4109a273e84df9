using System.Buffers;
using System.Text.Json;
using Health.Contracts;

namespace Health.Fhir.Search;

/// <summary>
/// Shows in a Patient which other institutions' Patients are the same resident: <c>Patient.link</c> of type seealso, rendered at read from
/// the index of persons. Nothing is stored, so an unlink is exact.
/// </summary>
public sealed class PatientLinks(IResidentIndex residents)
{
    private readonly Dictionary<string, IReadOnlyList<string>> known = [];

    /// <summary>Asks for the links of all Patients of a page at once.</summary>
    public async Task Prepare(SearchPage page, CancellationToken ct)
    {
        var wanted = page.Matches.Concat(page.Included).Where(hit => hit.Type == "Patient").Select(hit => hit.Resident).OfType<string>().Distinct().ToList();
        if (wanted.Count == 0) return;
        var asked = wanted.ConvertAll(resident => residents.PatientsOf(resident, ct).AsTask());
        await Task.WhenAll(asked);
        for (var i = 0; i < wanted.Count; i++) known[wanted[i]] = await asked[i];
    }

    public async ValueTask<ReadOnlyMemory<byte>> Render(string patientId, string? residentId, ReadOnlyMemory<byte> json, CancellationToken ct)
    {
        if (residentId is null) return json;
        if (!known.TryGetValue(residentId, out var linked)) known[residentId] = linked = await residents.PatientsOf(residentId, ct);
        List<string> others = [.. linked.Where(id => id != patientId)];
        return others.Count == 0 ? json : Add(json, others);
    }

    private static ReadOnlyMemory<byte> Add(ReadOnlyMemory<byte> json, List<string> others)
    {
        var buffer = new ArrayBufferWriter<byte>(json.Length + others.Count * 96);
        using var document = JsonDocument.Parse(json);
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            foreach (var property in document.RootElement.EnumerateObject())
            {
                if (property.NameEquals("link")) continue;
                writer.WritePropertyName(property.Name);
                writer.WriteRawValue(property.Value.GetRawText(), skipInputValidation: true);
            }
            WriteLinks(writer, document.RootElement, others);
            writer.WriteEndObject();
        }
        return buffer.WrittenMemory;
    }

    private static void WriteLinks(Utf8JsonWriter writer, JsonElement patient, List<string> others)
    {
        writer.WriteStartArray("link");
        if (patient.TryGetProperty("link", out var stored) && stored.ValueKind == JsonValueKind.Array)
            foreach (var link in stored.EnumerateArray()) writer.WriteRawValue(link.GetRawText(), skipInputValidation: true);
        foreach (var other in others)
        {
            writer.WriteStartObject();
            writer.WriteStartObject("other");
            writer.WriteString("reference", $"Patient/{other}");
            writer.WriteEndObject();
            writer.WriteString("type", "seealso");
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
    }
}
