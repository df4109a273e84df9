using System.Text.Json;
using Health.Fhir.Search;

namespace Health.UnitTests.Search;

/// <summary>Writes down what the extraction finds, one line per value.</summary>
public sealed class Recording : IIndexSink
{
    public static readonly ExtractionSettings Settings = new(ExtractionSettings.China, "https://health.test/fhir");
    private static readonly Extractor Extractor = new(Settings);

    public List<string> Lines { get; } = [];

    public static List<string> Of(string json) => Of(JsonDocument.Parse(json).RootElement);

    public static List<string> Of(JsonElement resource)
    {
        var recording = new Recording();
        Extractor.Extract(resource.GetProperty("resourceType").GetString()!, resource, recording);
        return recording.Lines;
    }

    public short? Item { private get; set; }

    public void Token(string parameter, string? system, string code, string? text = null) => Lines.Add($"{parameter} token {system}|{code}{(text is null ? "" : $" \"{text}\"")}{(Item is { } item ? $" #{item}" : "")}");
    public void TypedIdentifier(string parameter, string? typeSystem, string typeCode, string value) => Lines.Add($"{parameter} typed {typeSystem}|{typeCode}|{value}");
    public void Date(string parameter, DateRange range) => Lines.Add($"{parameter} date {Show(range.Low)}..{Show(range.High)}");
    public void Text(string parameter, string text) => Lines.Add($"{parameter} text {text}");
    public void Reference(string parameter, ReferenceTarget target) => Lines.Add($"{parameter} reference {target.Type}/{target.Id}");
    public void Uri(string parameter, string uri) => Lines.Add($"{parameter} uri {uri}");

    public void Number(string parameter, NumberRange range, string? system, string? code, string? unit) =>
        Lines.Add($"{parameter} number {range.Low}..{range.High} {system}|{code}|{unit}");

    private static string Show(DateTime time) => time == DateRange.OpenLow || time == DateRange.OpenHigh ? "open" : time.ToString("yyyy-MM-ddTHH:mm:ss");
}
