using System.Net;
using System.Text;
using System.Text.Json;
using Health.Fhir.Search;

namespace Health.Fhir.Operations;

/// <summary>
/// A section of the International Patient Summary (http://hl7.org/fhir/uv/ips). The narrative is made here, in Chinese and English, from the
/// names of codes and nothing else, every text escaped.
/// </summary>
internal sealed record SummarySection(string Loinc, string Chinese, string English, string[] Types, string[] CodeElements, string[] DateElements)
{
    private const int MostRows = 200;

    public static readonly IReadOnlyList<SummarySection> All =
    [
        new("11450-4", "健康问题", "Problems", ["Condition"], ["code"], ["onsetDateTime", "recordedDate"]),
        new("10160-0", "用药", "Medications", ["MedicationStatement", "MedicationRequest"], ["medicationCodeableConcept", "medicationReference"], ["effectiveDateTime", "authoredOn", "dateAsserted"]),
        new("48765-2", "过敏与不良反应", "Allergies and intolerances", ["AllergyIntolerance"], ["code"], ["onsetDateTime", "recordedDate"]),
        new("11369-6", "预防接种", "Immunizations", ["Immunization"], ["vaccineCode"], ["occurrenceDateTime"]),
        new("30954-2", "检验检查结果", "Results", ["Observation", "DiagnosticReport"], ["code"], ["effectiveDateTime", "issued"]),
        new("47519-4", "手术与操作", "Procedures", ["Procedure"], ["code"], ["performedDateTime"]),
    ];

    /// <summary>What was entered by mistake is no part of a summary.</summary>
    public static bool IsMeant(JsonElement resource) =>
        !(resource.TryGetProperty("status", out var status) && status.ValueKind == JsonValueKind.String && status.GetString() == "entered-in-error")
        && !(resource.TryGetProperty("verificationStatus", out var verification) && verification.GetRawText().Contains("\"entered-in-error\"", StringComparison.Ordinal));

    /// <summary>For the order: newest first.</summary>
    public DateTime When(JsonElement resource)
    {
        foreach (var name in DateElements)
            if (resource.TryGetProperty(name, out var value) && DateRange.TryParse(value.GetString(), ExtractionSettings.China, out var range)) return range.Low;
        return DateTime.MinValue;
    }

    public string Narrative(IReadOnlyList<JsonElement> resources)
    {
        var text = new StringBuilder("<div xmlns=\"http://www.w3.org/1999/xhtml\">");
        if (resources.Count == 0) return text.Append("<p>无记录 No information available</p></div>").ToString();
        text.Append("<table><thead><tr><th>名称 Name</th><th>日期 Date</th><th>状态 Status</th></tr></thead><tbody>");
        foreach (var resource in resources.Take(MostRows))
            text.Append("<tr><td>").Append(Safe(NameOf(resource))).Append("</td><td>").Append(Safe(DateOf(resource))).Append("</td><td>").Append(Safe(StatusOf(resource))).Append("</td></tr>");
        text.Append("</tbody></table>");
        if (resources.Count > MostRows) text.Append($"<p>另有 {resources.Count - MostRows} 条 and {resources.Count - MostRows} more entries</p>");
        return text.Append("</div>").ToString();
    }

    private string NameOf(JsonElement resource)
    {
        foreach (var name in CodeElements)
        {
            if (!resource.TryGetProperty(name, out var code)) continue;
            if (Text(code, "text") is { } text) return text;
            if (Text(code, "display") is { } display) return display;
            if (!code.TryGetProperty("coding", out var codings)) continue;
            foreach (var coding in codings.EnumerateArray())
                if ((Text(coding, "display") ?? Text(coding, "code")) is { } named) return named;
        }

        return "未命名 unnamed";
    }

    private string DateOf(JsonElement resource)
    {
        foreach (var name in DateElements)
            if (Text(resource, name) is { } date) return date.Split('T')[0];
        return "";
    }

    private static string StatusOf(JsonElement resource)
    {
        if (Text(resource, "status") is { } status) return status;
        return resource.TryGetProperty("clinicalStatus", out var clinical) && clinical.TryGetProperty("coding", out var codings) && codings.GetArrayLength() > 0 ? Text(codings[0], "code") ?? "" : "";
    }

    private static string Safe(string text) => WebUtility.HtmlEncode(text);

    private static string? Text(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
