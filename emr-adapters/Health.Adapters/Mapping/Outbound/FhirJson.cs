using System.Text.Json;

namespace Health.Adapters.Mapping.Outbound;

/// <summary>Reading FHIR JSON by paths of element names.</summary>
internal static class FhirJson
{
    /// <summary>
    /// Every value at a path such as <c>hospitalization.admitSource</c>, members of arrays one by one; alternatives by comma, the first that is
    /// there.
    /// </summary>
    public static List<JsonElement> At(this JsonElement element, string paths)
    {
        List<JsonElement> found = [];
        foreach (var path in paths.Split(','))
        {
            Collect(element, path, found);
            if (found.Count > 0) break;
        }

        return found;
    }

    /// <summary>The text of the first value at a path; numbers as they are written. Null when there is none.</summary>
    public static string? Text(this JsonElement element, string paths) => element.At(paths) is [var first, ..]
        ? first.ValueKind switch
        {
            JsonValueKind.String => first.GetString(),
            JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => first.GetRawText(),
            _ => null,
        }
        : null;

    /// <summary>The id in a reference of this type, <c>Patient/abc</c>; null for others, absolute and contained ones included.</summary>
    public static string? IdOf(this JsonElement reference, string type)
    {
        if (reference.Text("reference") is not { } text || !text.StartsWith(type + "/", StringComparison.Ordinal)) return null;
        var id = text[(type.Length + 1)..].Split('/')[0];
        return id.Length > 0 ? id : null;
    }

    private static void Collect(JsonElement element, string path, List<JsonElement> found)
    {
        if (element.ValueKind == JsonValueKind.Array)
        {
            foreach (var member in element.EnumerateArray()) Collect(member, path, found);
            return;
        }

        if (path.Length == 0)
        {
            if (element.ValueKind is not (JsonValueKind.Null or JsonValueKind.Undefined)) found.Add(element);
            return;
        }

        var dot = path.IndexOf('.', StringComparison.Ordinal);
        var (name, rest) = dot < 0 ? (path, "") : (path[..dot], path[(dot + 1)..]);
        if (element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var inner)) Collect(inner, rest, found);
    }
}
