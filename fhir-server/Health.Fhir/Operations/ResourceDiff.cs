using System.Text.Json;
using Health.Fhir.Validation;
using Health.Fhir.Wire;

namespace Health.Fhir.Operations;

/// <summary>
/// The operations that lead from one version of a resource to another, in the form of FHIRPath Patch: applied in order they give the later one.
/// http://hl7.org/fhir/R4/fhirpatch.html. What changes with every version (versionId, lastUpdated) is left out.
/// </summary>
public static class ResourceDiff
{
    public static void Write(Utf8JsonWriter json, string type, JsonElement before, JsonElement after) => Members(json, type, TypeShape.Of(type), before, after);

    private static void Members(Utf8JsonWriter json, string path, TypeShape? type, JsonElement before, JsonElement after)
    {
        foreach (var member in before.EnumerateObject())
        {
            if (IsOfVersion(path, member.Name)) continue;
            var (element, shape) = Find(type, member.Name);
            var place = $"{path}.{PathName(member.Name, element)}";
            if (!after.TryGetProperty(member.Name, out var now)) Removed(json, place, member.Value);
            else Values(json, path, place, member.Name, element, shape, member.Value, now);
        }

        foreach (var member in after.EnumerateObject())
        {
            if (IsOfVersion(path, member.Name) || before.TryGetProperty(member.Name, out _)) continue;
            var (element, shape) = Find(type, member.Name);
            var items = member.Value.ValueKind == JsonValueKind.Array ? member.Value.EnumerateArray() : Enumerable.Repeat(member.Value, 1);
            foreach (var item in items) Operation(json, "add", path, PathName(member.Name, element), null, member.Name, shape, item);
        }
    }

    private static void Values(Utf8JsonWriter json, string parent, string place, string name, ElementShape? element, TypeShape? shape, JsonElement before, JsonElement after)
    {
        if (JsonElement.DeepEquals(before, after) && before.GetRawText() == after.GetRawText()) return;
        if (before.ValueKind == JsonValueKind.Array && after.ValueKind == JsonValueKind.Array) Items(json, place, name, shape, [.. before.EnumerateArray()], [.. after.EnumerateArray()]);
        else if (before.ValueKind == JsonValueKind.Object && after.ValueKind == JsonValueKind.Object) Members(json, place, shape, before, after);
        else if (!JsonElement.DeepEquals(before, after) || before.GetRawText() != after.GetRawText()) Operation(json, "replace", place, null, null, name, shape, after);
    }

    /// <summary>What is equal at both ends stays; of the rest, items are compared by place.</summary>
    private static void Items(Utf8JsonWriter json, string place, string name, TypeShape? shape, List<JsonElement> before, List<JsonElement> after)
    {
        var (head, tail) = (0, 0);
        var least = Math.Min(before.Count, after.Count);
        while (head < least && JsonElement.DeepEquals(before[head], after[head])) head++;
        while (tail < least - head && JsonElement.DeepEquals(before[^(tail + 1)], after[^(tail + 1)])) tail++;
        var (old, fresh) = (before.Count - head - tail, after.Count - head - tail);
        for (var i = 0; i < Math.Min(old, fresh); i++)
            Values(json, place, $"{place}[{head + i}]", name, null, shape, before[head + i], after[head + i]);
        // From the end, so that the places before stay what they are.
        for (var i = old - 1; i >= fresh; i--) Operation(json, "delete", $"{place}[{head + i}]", null, null, name, null, null);
        for (var i = old; i < fresh; i++) Operation(json, "insert", place, null, head + i, name, shape, after[head + i]);
    }

    private static void Removed(Utf8JsonWriter json, string place, JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Array)
        {
            Operation(json, "delete", place, null, null, "", null, null);
            return;
        }

        for (var i = value.GetArrayLength() - 1; i >= 0; i--) Operation(json, "delete", $"{place}[{i}]", null, null, "", null, null);
    }

    private static void Operation(Utf8JsonWriter json, string kind, string path, string? name, int? index, string member, TypeShape? shape, JsonElement? value) => ParametersAnswer.Part(json, "operation", () =>
    {
        ParametersAnswer.Value(json, "type", "valueCode", kind);
        ParametersAnswer.Value(json, "path", "valueString", path);
        if (name is not null) ParametersAnswer.Value(json, "name", "valueString", name);
        if (index is { } at)
        {
            json.WriteStartObject();
            json.WriteString("name", "index");
            json.WriteNumber("valueInteger", at);
            json.WriteEndObject();
        }

        if (value is { } given) Value(json, "value", member, shape, given);
    });

    private static void Value(Utf8JsonWriter json, string name, string member, TypeShape? shape, JsonElement value)
    {
        json.WriteStartObject();
        json.WriteString("name", name);
        if (shape is { Kind: TypeKind.Backbone } && value.ValueKind == JsonValueKind.Object) Parts(json, shape, value);
        else if (shape is { Kind: TypeKind.Resource or TypeKind.AnyResource }) Raw(json, "resource", value);
        else if (shape is null || member.StartsWith('_') || value.ValueKind is JsonValueKind.Null or JsonValueKind.Array) json.WriteString("valueString", value.GetRawText());
        else Raw(json, $"value{char.ToUpperInvariant(shape.Name[0])}{shape.Name[1..]}", value);
        json.WriteEndObject();
    }

    /// <summary>A backbone element has no value of its own: its members are parts.</summary>
    private static void Parts(Utf8JsonWriter json, TypeShape shape, JsonElement value)
    {
        json.WriteStartArray("part");
        foreach (var member in value.EnumerateObject())
        {
            var (element, type) = Find(shape, member.Name);
            var items = member.Value.ValueKind == JsonValueKind.Array ? member.Value.EnumerateArray() : Enumerable.Repeat(member.Value, 1);
            foreach (var item in items) Value(json, PathName(member.Name, element), member.Name, type, item);
        }

        json.WriteEndArray();
    }

    private static void Raw(Utf8JsonWriter json, string name, JsonElement value)
    {
        json.WritePropertyName(name);
        json.WriteRawValue(value.GetRawText(), skipInputValidation: true);
    }

    /// <summary>The element a member is of, and its type; a choice is found by its stem.</summary>
    private static (ElementShape? Element, TypeShape? Type) Find(TypeShape? type, string member)
    {
        var name = member.TrimStart('_');
        foreach (var element in type?.Elements ?? [])
        {
            if (!element.IsChoice)
            {
                if (element.Name == name) return (element, element.Types.Length == 0 ? null : element.TypeAt(0));
                continue;
            }

            if (!name.StartsWith(element.Name, StringComparison.Ordinal)) continue;
            for (var i = 0; i < element.Types.Length; i++)
                if (name.AsSpan(element.Name.Length).Equals(element.Types[i], StringComparison.OrdinalIgnoreCase)) return (element, element.TypeAt(i));
        }

        return (null, null);
    }

    /// <summary>FHIRPath names a choice by its stem; the extensions of a primitive stand below it.</summary>
    private static string PathName(string member, ElementShape? element)
    {
        var name = element is { IsChoice: true } ? element.Name : member.TrimStart('_');
        return member.StartsWith('_') ? name + ".extension" : name;
    }

    private static bool IsOfVersion(string path, string member) => member is "versionId" or "lastUpdated" && path.EndsWith(".meta", StringComparison.Ordinal) && path.Count(c => c == '.') == 1;
}
