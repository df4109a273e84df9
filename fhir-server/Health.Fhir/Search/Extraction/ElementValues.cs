using System.Text.Json;

namespace Health.Fhir.Search;

/// <summary>Turns a found element into search values, by kind of parameter and FHIR type (http://hl7.org/fhir/R4/search.html#table).</summary>
public static class ElementValues
{
    private static readonly HashSet<string> Complex = ["CodeableConcept", "Coding", "Identifier", "ContactPoint", "HumanName", "Address", "Reference", "Period", "Timing", "Quantity", "Age",
        "Duration", "Count", "Distance", "SimpleQuantity", "Money", "Range"];
    private static readonly HashSet<string> Dates = ["date", "dateTime", "instant", "Period", "Timing"];
    private static readonly HashSet<string> Numbers = ["integer", "decimal", "positiveInt", "unsignedInt"];
    private static readonly HashSet<string> Quantities = ["Quantity", "SimpleQuantity", "Age", "Duration", "Count", "Distance", "Money", "Range"];

    /// <summary>False for combinations that give no value, e.g. a sampled series as a quantity.</summary>
    public static bool CanEmit(SearchType search, string type) => search switch
    {
        SearchType.Token => type is "CodeableConcept" or "Coding" or "Identifier" or "ContactPoint" || IsPrimitive(type),
        SearchType.Date => Dates.Contains(type),
        SearchType.String => type is "HumanName" or "Address" || IsPrimitive(type),
        SearchType.Reference => type is "Reference" or "canonical" or "uri",
        SearchType.Uri => IsPrimitive(type),
        SearchType.Number => Numbers.Contains(type) || type is "Range",
        SearchType.Quantity => Quantities.Contains(type),
        SearchType.Special => type is "Location.position",
        _ => false,
    };

    public static void Emit(SearchParameter parameter, ElementPath path, JsonElement element, ExtractionSettings settings, IIndexSink sink)
    {
        var code = parameter.Code;
        switch (parameter.Type)
        {
            case SearchType.Token: TokenValues.Emit(code, path, element, sink); break;
            case SearchType.Date when DateOf(path.FhirType, element, settings.Zone) is { } range: sink.Date(code, range); break;
            case SearchType.String: TextValues.Emit(code, path.FhirType, element, sink); break;
            case SearchType.Reference: ReferenceValues.Emit(code, path, element, settings.BaseUrl, sink); break;
            case SearchType.Uri when element.ValueKind == JsonValueKind.String: sink.Uri(code, element.GetString()!); break;
            case SearchType.Special when code == "near": PositionValues.Emit(code, element, sink); break;
            case SearchType.Number or SearchType.Quantity: QuantityValues.Emit(code, path.FhirType, element, sink); break;
            default: break;
        }
    }

    private static bool IsPrimitive(string type) => !Complex.Contains(type) && char.IsLower(type[0]);

    private static DateRange? DateOf(string type, JsonElement element, LocalZone zone)
    {
        if (element.ValueKind == JsonValueKind.String) return DateRange.TryParse(element.GetString(), zone, out var range) ? range : null;
        if (element.ValueKind != JsonValueKind.Object) return null;
        if (type == "Period") return DateRange.Period(Text(element, "start"), Text(element, "end"), zone);
        DateRange? all = null;
        if (element.TryGetProperty("event", out var events) && events.ValueKind == JsonValueKind.Array)
        {
            foreach (var item in events.EnumerateArray())
                if (item.ValueKind == JsonValueKind.String && DateRange.TryParse(item.GetString(), zone, out var one)) all = all?.Union(one) ?? one;
        }
        if (element.TryGetProperty("repeat", out var repeat) && repeat.ValueKind == JsonValueKind.Object && repeat.TryGetProperty("boundsPeriod", out var bounds)
            && bounds.ValueKind == JsonValueKind.Object && DateRange.Period(Text(bounds, "start"), Text(bounds, "end"), zone) is { } period)
            all = all?.Union(period) ?? period;
        return all;
    }

    /// <summary>The non-empty string property of that name; null when it is missing or another kind of value.</summary>
    public static string? Text(JsonElement element, string property) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(property, out var value) && value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text ? text : null;
}
