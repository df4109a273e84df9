using System.Text.Json;

namespace Health.Fhir.Search;

/// <summary>http://hl7.org/fhir/R4/search.html#string</summary>
public static class TextValues
{
    private static readonly string[] NameParts = ["text", "family", "given", "prefix", "suffix"];
    private static readonly string[] AddressParts = ["text", "line", "city", "district", "state", "postalCode", "country"];

    public static void Emit(string parameter, string type, JsonElement element, IIndexSink sink)
    {
        if (element.ValueKind == JsonValueKind.String)
        {
            if (element.GetString() is { Length: > 0 } text) sink.Text(parameter, text);
            return;
        }
        if (element.ValueKind != JsonValueKind.Object) return;
        foreach (var part in type == "HumanName" ? NameParts : AddressParts) EmitPart(parameter, element, part, sink);
        if (type == "HumanName" && WholeChineseName(element) is { } whole) sink.Text(parameter, whole);
    }

    private static void EmitPart(string parameter, JsonElement element, string part, IIndexSink sink)
    {
        if (!element.TryGetProperty(part, out var value)) return;
        if (value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text) sink.Text(parameter, text);
        if (value.ValueKind != JsonValueKind.Array) return;
        foreach (var item in value.EnumerateArray())
            if (item.ValueKind == JsonValueKind.String && item.GetString() is { Length: > 0 } one) sink.Text(parameter, one);
    }

    /// <summary>A Chinese name is asked for whole, without a blank: family and given together, where no text says it already.</summary>
    private static string? WholeChineseName(JsonElement name)
    {
        if (ElementValues.Text(name, "text") is not null || ElementValues.Text(name, "family") is not { } family || family[0] < '\u3400') return null;
        if (!name.TryGetProperty("given", out var given) || given.ValueKind != JsonValueKind.Array) return null;
        return family + string.Concat(given.EnumerateArray().Where(g => g.ValueKind == JsonValueKind.String).Select(g => g.GetString()));
    }
}
