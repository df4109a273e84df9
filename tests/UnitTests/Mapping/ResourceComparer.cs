using System.Text.Json;

namespace Health.UnitTests.Mapping;

/// <summary>One element of an expected resource and what stands there in ours. <paramref name="Ours"/> is null when nothing does.</summary>
internal sealed record ElementComparison(string Path, string Theirs, string? Ours)
{
    public bool IsEqual => Theirs == Ours;

    /// <summary>The path without places in arrays: <c>Patient.name.given</c>.</summary>
    public string Element { get; } = System.Text.RegularExpressions.Regex.Replace(Path, @"\[\d+\]", "");
}

/// <summary>
/// Compares every leaf of an expected resource with ours. Not compared, since they are no standard elements of the message: extensions,
/// ids and the references made of them, meta, narrative. Times are the same when they are the same instant.
/// </summary>
internal static class ResourceComparer
{
    private static readonly HashSet<string> Passed = ["id", "meta", "extension", "modifierExtension", "text.div", "reference", "contained", "fullUrl", "resourceType"];

    public static List<ElementComparison> Compare(JsonElement theirs, JsonElement? ours)
    {
        var found = new List<ElementComparison>();
        Walk(theirs.GetProperty("resourceType").GetString()!, theirs, ours, found);
        return found;
    }

    private static void Walk(string path, JsonElement theirs, JsonElement? ours, List<ElementComparison> found)
    {
        switch (theirs.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var member in theirs.EnumerateObject())
                {
                    if (Passed.Contains(member.Name) || member.Name.StartsWith('_')) continue;
                    Walk($"{path}.{member.Name}", member.Value, Member(ours, member.Name), found);
                }

                break;
            case JsonValueKind.Array:
                for (var i = 0; i < theirs.GetArrayLength(); i++) Walk($"{path}[{i}]", theirs[i], Item(ours, i), found);
                break;
            case JsonValueKind.Null:
                break;
            default:
                found.Add(new ElementComparison(path, Value(theirs), ours is { } there && there.ValueKind is not (JsonValueKind.Object or JsonValueKind.Array or JsonValueKind.Null) ? Value(there) : null));
                break;
        }
    }

    private static JsonElement? Member(JsonElement? element, string name) =>
        element is { ValueKind: JsonValueKind.Object } there && there.TryGetProperty(name, out var value) ? value : null;

    private static JsonElement? Item(JsonElement? element, int index) =>
        element is { ValueKind: JsonValueKind.Array } there && index < there.GetArrayLength() ? there[index] : null;

    private static string Value(JsonElement leaf)
    {
        if (leaf.ValueKind == JsonValueKind.Number) return leaf.GetDecimal().ToString(System.Globalization.CultureInfo.InvariantCulture);
        if (leaf.ValueKind != JsonValueKind.String) return leaf.GetRawText();
        var text = leaf.GetString()!;
        return text.Length > 10 && text[4] == '-' && text[10] == 'T' && DateTimeOffset.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, System.Globalization.DateTimeStyles.None, out var time)
            ? time.ToUniversalTime().ToString("O") : text;
    }
}
