using System.Buffers;
using System.Text.Json;

namespace Health.Fhir.Search;

/// <summary>
/// <c>_elements</c> (http://hl7.org/fhir/R4/search.html#elements): the named top-level elements, the mandatory ones, id and meta, marked as
/// SUBSETTED so that nobody writes the part back as the whole.
/// </summary>
public static class ElementSelection
{
    public static ReadOnlyMemory<byte> Apply(ReadOnlyMemory<byte> json, string resourceType, IReadOnlyList<string> elements)
    {
        if (elements.Count == 0) return json;
        HashSet<string> kept = ["resourceType", "id", "meta", .. elements, .. FhirDefinitions.R4.RequiredOf(resourceType)];
        var buffer = new ArrayBufferWriter<byte>(json.Length);
        using var document = JsonDocument.Parse(json);
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            foreach (var property in document.RootElement.EnumerateObject())
            {
                if (!IsKept(property.Name.TrimStart('_'), kept)) continue;
                if (property.NameEquals("meta")) WriteMeta(writer, property.Value);
                else WriteRaw(writer, property);
            }
            writer.WriteEndObject();
        }
        return buffer.WrittenMemory;
    }

    /// <summary>A choice is named without its type: <c>value</c> keeps valueQuantity.</summary>
    private static bool IsKept(string name, HashSet<string> kept) =>
        kept.Contains(name) || kept.Any(k => (k.EndsWith("[x]", StringComparison.Ordinal) ? k[..^3] : k) is var stem
            && name.Length > stem.Length && name.StartsWith(stem, StringComparison.Ordinal) && char.IsUpper(name[stem.Length]));

    private static void WriteMeta(Utf8JsonWriter writer, JsonElement meta)
    {
        writer.WriteStartObject("meta");
        foreach (var property in meta.EnumerateObject())
            if (!property.NameEquals("tag")) WriteRaw(writer, property);
        writer.WriteStartArray("tag");
        if (meta.TryGetProperty("tag", out var tags) && tags.ValueKind == JsonValueKind.Array)
            foreach (var tag in tags.EnumerateArray()) writer.WriteRawValue(JsonSerializer.SerializeToUtf8Bytes(tag), skipInputValidation: true);
        writer.WriteStartObject();
        writer.WriteString("system", "http://terminology.hl7.org/CodeSystem/v3-ObservationValue");
        writer.WriteString("code", "SUBSETTED");
        writer.WriteEndObject();
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static void WriteRaw(Utf8JsonWriter writer, JsonProperty property)
    {
        writer.WritePropertyName(property.Name);
        writer.WriteRawValue(property.Value.GetRawText(), skipInputValidation: true);
    }
}
