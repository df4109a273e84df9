using System.Text.Json.Nodes;

namespace Health.Adapters.Remap;

/// <summary>What merge patches (RFC 7396, with arrays that add up) say: beside a later one, and beside what is stored.</summary>
internal static class MergePatch
{
    /// <summary>The patch without everything a later patch of the same resource says.</summary>
    public static JsonObject Without(JsonObject patch, JsonObject later, IReadOnlyList<string> unions)
    {
        var left = new JsonObject();
        foreach (var (name, value) in patch)
        {
            if (name is "resourceType" or "id" || !later.TryGetPropertyValue(name, out var laterValue))
            {
                left[name] = value?.DeepClone();
            }
            else if (value is JsonObject part && laterValue is JsonObject laterPart)
            {
                if (Without(part, laterPart, []) is { Count: > 0 } rest) left[name] = rest;
            }
            else if (unions.Contains(name) && value is JsonArray members && laterValue is JsonArray laterMembers)
            {
                var rest = members.Where(member => !laterMembers.Any(other => SpeaksOfTheSame(member, other))).Select(member => member?.DeepClone()).ToArray();
                if (rest.Length > 0) left[name] = new JsonArray(rest);
            }
        }

        return left;
    }

    /// <summary>Names of the top-level elements that would be other than stored. Everything is news where nothing is stored.</summary>
    public static IReadOnlyList<string> News(JsonObject patch, JsonObject? defaults, JsonObject? stored, IReadOnlyList<string> unions)
    {
        stored ??= [];
        List<string> news = [.. patch.Where(member => member.Key is not ("resourceType" or "id") && IsNews(member.Value, stored, member.Key, unions)).Select(member => member.Key)];
        foreach (var (name, _) in defaults ?? [])
            if (name is not ("resourceType" or "id") && !stored.ContainsKey(name) && !patch.ContainsKey(name)) news.Add(name);
        return news;
    }

    private static bool IsNews(JsonNode? value, JsonObject stored, string name, IReadOnlyList<string> unions)
    {
        var isStored = stored.TryGetPropertyValue(name, out var old);
        if (value is null) return isStored;
        if (!isStored) return true;
        if (value is JsonObject part) return old is not JsonObject oldPart || part.Any(member => IsNews(member.Value, oldPart, member.Key, []));
        if (unions.Contains(name) && value is JsonArray members && old is JsonArray oldMembers)
            return members.Any(member => Removes(member) ? oldMembers.Any(other => SpeaksOfTheSame(member, other)) : !oldMembers.Any(other => JsonNode.DeepEquals(member, other)));
        return !JsonNode.DeepEquals(value, old);
    }

    private static bool Removes(JsonNode? member) => member is JsonObject part && part.ContainsKey("system") && part.TryGetPropertyValue("value", out var value) && value is null;

    /// <summary>The same reference or the same system; a later identifier of a system stands for an earlier one.</summary>
    private static bool SpeaksOfTheSame(JsonNode? one, JsonNode? other) =>
        JsonNode.DeepEquals(one, other)
        || (one is JsonObject a && other is JsonObject b && (IsEqual(a, b, "reference") || IsEqual(a, b, "system")));

    private static bool IsEqual(JsonObject a, JsonObject b, string name) => a[name] is { } value && JsonNode.DeepEquals(value, b[name]);
}
