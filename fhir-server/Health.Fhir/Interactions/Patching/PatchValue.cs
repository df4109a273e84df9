using System.Text.Json.Nodes;
using Health.Fhir.Wire.Xml;

namespace Health.Fhir.Interactions;

/// <summary>
/// The value of a patch operation as FHIR JSON: <c>value[x]</c>, a resource, or parts that name the elements of a backbone element.
/// </summary>
/// <param name="Element">The element it is meant for; a choice is decided by the type of the value.</param>
/// <param name="Beside">Id and extensions of a primitive.</param>
internal sealed record PatchValue(WireElement Element, JsonNode? Value, JsonNode? Beside)
{
    /// <param name="parameter">The parameter that carries the value.</param>
    public static PatchValue Of(WireType owner, string name, JsonObject parameter)
    {
        var candidates = PatchSpot.Elements(owner, name).ToList();
        if (candidates.Count == 0) throw new PatchFailedException($"names {name}, which {owner.Name} has not", "name");
        if (parameter["resource"] is JsonObject resource) return new PatchValue(candidates[0], resource.DeepClone(), null);
        if (parameter["part"] is JsonArray parts) return new PatchValue(candidates[0], Object(candidates[0].Type, parts), null);
        var given = parameter.FirstOrDefault(member => member.Key.StartsWith("value", StringComparison.Ordinal));
        var beside = parameter.FirstOrDefault(member => member.Key.StartsWith("_value", StringComparison.Ordinal));
        if (given.Key is null && beside.Key is null) throw new PatchFailedException("has a value that is empty", "value");
        var type = given.Key is not null ? given.Key[5..] : beside.Key[6..];
        // A choice is decided by the type of the value; another element takes it as it is and the result is checked.
        var element = candidates.Count == 1 ? candidates[0] : candidates.FirstOrDefault(choice => choice.TypeName.Equals(type, StringComparison.OrdinalIgnoreCase));
        if (element is null) throw new PatchFailedException($"has a value of type {type}, which {owner.Name}.{name}[x] does not take", "value");
        return new PatchValue(element, given.Value?.DeepClone(), beside.Value?.DeepClone());
    }

    private static JsonObject Object(WireType type, JsonArray parts)
    {
        var made = new JsonObject();
        foreach (var part in parts.OfType<JsonObject>())
        {
            var name = part["name"] is JsonValue named && named.TryGetValue<string>(out var text) ? text : throw new PatchFailedException("has a part without a name", "value");
            var value = Of(type, name, part);
            if (value.Element.Repeats)
            {
                PatchSpot.Insert(made, value.Element, (made[value.Element.Name] as JsonArray)?.Count ?? 0, value.Value, value.Beside);
                continue;
            }

            PatchSpot.Set(made, value.Element.Name, value.Value);
            PatchSpot.Set(made, "_" + value.Element.Name, value.Beside);
        }

        return made;
    }
}
