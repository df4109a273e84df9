using System.Text.Json;
using Health.Contracts;
using Health.Fhir.Records;

namespace Health.Fhir.Wire;

/// <summary>Values of a Parameters resource sent to an operation. http://hl7.org/fhir/R4/parameters.html</summary>
public static class OperationParameters
{
    /// <summary>Why a body is no Parameters; null when it is, or when there is none.</summary>
    public static Refusal? Check(ReadOnlyMemory<byte> body)
    {
        if (body.IsEmpty) return null;
        if (ResourceScan.TryRead(body.Span, out var scan) is { } malformed) return malformed;
        return scan.ResourceType == "Parameters" ? null : Refusal.Invalid($"The operation takes a Parameters resource, not {scan.ResourceType ?? "an object without resourceType"}.", "resourceType");
    }

    /// <summary>The primitive values named so, as text; references as their reference. Empty where the body is none.</summary>
    public static IReadOnlyList<string> Of(ReadOnlyMemory<byte> body, string name)
    {
        List<string> values = [];
        if (body.IsEmpty || ResourceScan.TryRead(body.Span, out _) is not null) return values;
        using var document = JsonDocument.Parse(body);
        foreach (var parameter in All(document.RootElement))
        {
            if (!parameter.TryGetProperty("name", out var own) || own.GetString() != name) continue;
            foreach (var member in parameter.EnumerateObject())
                if (member.Name.StartsWith("value", StringComparison.Ordinal) && Text(member.Value) is { } text) values.Add(text);
        }

        return values;
    }

    public static IEnumerable<JsonElement> All(JsonElement parameters) =>
        parameters.TryGetProperty("parameter", out var list) && list.ValueKind == JsonValueKind.Array ? list.EnumerateArray().Where(item => item.ValueKind == JsonValueKind.Object) : [];

    private static string? Text(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString(),
        JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => value.GetRawText(),
        JsonValueKind.Object when value.TryGetProperty("reference", out var reference) && reference.ValueKind == JsonValueKind.String => reference.GetString(),
        _ => null,
    };
}
