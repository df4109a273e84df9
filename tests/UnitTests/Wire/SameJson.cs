using System.Text.Json;

namespace Health.UnitTests.Wire;

/// <summary>Whether two JSON texts say the same: members in any order, numbers as written, strings by their characters.</summary>
internal static class SameJson
{
    /// <summary>The first place that differs; null when there is none.</summary>
    public static string? Difference(ReadOnlyMemory<byte> one, ReadOnlyMemory<byte> other)
    {
        using var a = JsonDocument.Parse(one, new JsonDocumentOptions { MaxDepth = 256 });
        using var b = JsonDocument.Parse(other, new JsonDocumentOptions { MaxDepth = 256 });
        return Difference(a.RootElement, b.RootElement, "");
    }

    private static string? Difference(JsonElement a, JsonElement b, string path)
    {
        if (a.ValueKind != b.ValueKind) return $"{path}: {a.ValueKind} and {b.ValueKind}";
        switch (a.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var member in a.EnumerateObject())
                    if (!b.TryGetProperty(member.Name, out var same)) return $"{path}.{member.Name} is missing";
                    else if (Difference(member.Value, same, $"{path}.{member.Name}") is { } inner) return inner;
                foreach (var member in b.EnumerateObject())
                    if (!a.TryGetProperty(member.Name, out _)) return $"{path}.{member.Name} is new";
                return null;
            case JsonValueKind.Array:
                if (a.GetArrayLength() != b.GetArrayLength()) return $"{path}: {a.GetArrayLength()} and {b.GetArrayLength()} items";
                for (var i = 0; i < a.GetArrayLength(); i++)
                    if (Difference(a[i], b[i], $"{path}[{i}]") is { } item) return item;
                return null;
            case JsonValueKind.String:
                return a.GetString() == b.GetString() ? null : $"{path}: '{Cut(a)}' and '{Cut(b)}'";
            default:
                return a.GetRawText() == b.GetRawText() ? null : $"{path}: {a.GetRawText()} and {b.GetRawText()}";
        }
    }

    private static string Cut(JsonElement text) => text.GetString() is { Length: > 80 } value ? value[..80] : text.GetString()!;
}
