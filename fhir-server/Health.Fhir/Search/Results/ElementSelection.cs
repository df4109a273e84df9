using System.Buffers;
using System.Text.Json;

namespace Health.Fhir.Search;

/// <summary>
/// <c>_elements</c> and <c>_summary</c> (http://hl7.org/fhir/R4/search.html#elements, #summary): the chosen elements, the mandatory ones, id and meta, marked as
/// SUBSETTED so that nobody writes the part back as the whole.
/// </summary>
public static class ElementSelection
{
    /// <summary>True when everything is answered.</summary>
    public static bool IsWhole(IReadOnlyList<string> elements, SummaryMode summary) => elements.Count == 0 && summary == SummaryMode.None;

    public static ReadOnlyMemory<byte> Apply(ReadOnlyMemory<byte> json, string resourceType, IReadOnlyList<string> elements, SummaryMode summary = SummaryMode.None)
    {
        if (IsWhole(elements, summary)) return json;
        var buffer = new ArrayBufferWriter<byte>(json.Length);
        using var document = JsonDocument.Parse(json);
        using (var writer = new Utf8JsonWriter(buffer))
        {
            var hasMeta = false;
            writer.WriteStartObject();
            foreach (var property in document.RootElement.EnumerateObject())
            {
                var name = property.Name.TrimStart('_');
                if (name is not ("resourceType" or "id" or "meta") && !IsKept(resourceType, name, elements, summary)) continue;
                if (property.NameEquals("meta")) WriteMeta(writer, property.Value);
                else if (summary == SummaryMode.True) WriteSummary(writer, resourceType, property);
                else WriteRaw(writer, property);
                hasMeta |= property.NameEquals("meta");
            }
            if (!hasMeta) WriteMeta(writer, default);
            writer.WriteEndObject();
        }
        return buffer.WrittenMemory;
    }

    private static bool IsKept(string type, string name, IReadOnlyList<string> elements, SummaryMode summary)
    {
        var element = ElementOf(type, name);
        var isMandatory = FhirDefinitions.R4.RequiredOf(type).Any(required => required == element || required == $"{element}[x]");
        var isChosen = elements.Count == 0 || isMandatory || elements.Contains(element);
        return isChosen && summary switch
        {
            SummaryMode.Text => element == "text" || isMandatory || elements.Contains(element),
            SummaryMode.Data => element != "text",
            SummaryMode.True => isMandatory || elements.Contains(element) || FhirDefinitions.R4.IsInSummary(type, element),
            _ => true,
        };
    }

    /// <summary>The element a property is of: a choice is named without its type, valueQuantity is value.</summary>
    private static string ElementOf(string owner, string property)
    {
        for (var end = property.Length; end > 0; end--)
            if ((end == property.Length || char.IsUpper(property[end])) && FhirDefinitions.R4.TypesOf(owner, property[..end]).Count > 0) return property[..end];
        return property;
    }

    /// <summary>Of a backbone element only what the summary shows of it; a data type whole.</summary>
    private static void WriteSummary(Utf8JsonWriter writer, string owner, JsonProperty property)
    {
        if (FhirDefinitions.R4.TypesOf(owner, ElementOf(owner, property.Name)) is not [var backbone] || !backbone.Contains('.'))
        {
            WriteRaw(writer, property);
            return;
        }
        writer.WritePropertyName(property.Name);
        if (property.Value.ValueKind != JsonValueKind.Array)
        {
            WriteBackbone(writer, backbone, property.Value);
            return;
        }
        writer.WriteStartArray();
        foreach (var item in property.Value.EnumerateArray()) WriteBackbone(writer, backbone, item);
        writer.WriteEndArray();
    }

    private static void WriteBackbone(Utf8JsonWriter writer, string backbone, JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.Object)
        {
            writer.WriteRawValue(element.GetRawText(), skipInputValidation: true);
            return;
        }
        writer.WriteStartObject();
        foreach (var property in element.EnumerateObject())
            if (FhirDefinitions.R4.IsInSummary(backbone, ElementOf(backbone, property.Name.TrimStart('_')))) WriteSummary(writer, backbone, property);
        writer.WriteEndObject();
    }

    private static void WriteMeta(Utf8JsonWriter writer, JsonElement meta)
    {
        writer.WriteStartObject("meta");
        var isObject = meta.ValueKind == JsonValueKind.Object;
        if (isObject)
        {
            foreach (var property in meta.EnumerateObject())
                if (!property.NameEquals("tag")) WriteRaw(writer, property);
        }
        writer.WriteStartArray("tag");
        if (isObject && meta.TryGetProperty("tag", out var tags) && tags.ValueKind == JsonValueKind.Array)
            foreach (var tag in tags.EnumerateArray()) writer.WriteRawValue(tag.GetRawText(), skipInputValidation: true);
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
