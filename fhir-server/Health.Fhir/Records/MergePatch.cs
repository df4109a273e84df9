using System.Buffers;
using System.Text.Json;

namespace Health.Fhir.Records;

/// <summary>
/// JSON merge patch (RFC 7396) on bytes: what the patch does not name keeps its bytes, null removes, an object merges member by member,
/// anything else (arrays too) replaces. Beyond the RFC, an object that is left empty is removed: FHIR forbids them. Members keep their order; new ones go to the end. Both inputs are well formed and without repeated members.
/// </summary>
public static class MergePatch
{
    private readonly record struct Part(string Name, Range Key, Range Value, JsonTokenType Kind);

    /// <param name="target">The stored object; empty for nothing.</param>
    /// <param name="unions">Top-level arrays of the patch that are united with the stored ones (<see cref="Health.Contracts.RecordWrite.UnionArrays"/>).</param>
    public static byte[] Apply(ReadOnlySpan<byte> target, ReadOnlySpan<byte> patch, IReadOnlyCollection<string>? unions = null) => Merge(target, patch, unions ?? []);

    /// <summary>Adds the top-level members of <paramref name="defaults"/> that <paramref name="target"/> has not.</summary>
    public static byte[] AddDefaults(ReadOnlySpan<byte> target, ReadOnlySpan<byte> defaults)
    {
        var writer = new ArrayBufferWriter<byte>(target.Length + defaults.Length);
        var have = Parts(target);
        var first = true;
        writer.Write("{"u8);
        foreach (var part in have) Copy(writer, target, part, ref first);
        foreach (var part in Parts(defaults))
            if (part.Kind != JsonTokenType.Null && !have.Exists(other => other.Name == part.Name)) Copy(writer, defaults, part, ref first);
        writer.Write("}"u8);
        return writer.WrittenSpan.ToArray();
    }

    /// <returns>The merged object; <c>{}</c> when nothing is left.</returns>
    private static byte[] Merge(ReadOnlySpan<byte> target, ReadOnlySpan<byte> patch, IReadOnlyCollection<string> unions)
    {
        var writer = new ArrayBufferWriter<byte>(target.Length + patch.Length + 2);
        var have = Parts(target);
        var changes = Parts(patch);
        var first = true;
        writer.Write("{"u8);
        foreach (var part in have)
        {
            var change = changes.FindIndex(other => other.Name == part.Name);
            if (change < 0) Copy(writer, target, part, ref first);
            else Replace(writer, target, part, patch, changes[change], unions, ref first);
        }

        foreach (var part in changes)
            if (!have.Exists(other => other.Name == part.Name)) Replace(writer, default, default, patch, part, unions, ref first);
        writer.Write("}"u8);
        return writer.WrittenSpan.ToArray();
    }

    private static void Replace(
        ArrayBufferWriter<byte> writer, ReadOnlySpan<byte> target, Part part, ReadOnlySpan<byte> patch, Part change, IReadOnlyCollection<string> unions, ref bool first)
    {
        byte[] merged;
        switch (change.Kind)
        {
            case JsonTokenType.Null:
                return;
            case JsonTokenType.StartObject:
                merged = Merge(part.Kind == JsonTokenType.StartObject ? target[part.Value] : default, patch[change.Value], []);
                break;
            case JsonTokenType.StartArray when unions.Contains(change.Name):
                merged = MergePatchUnion.Of(part.Kind == JsonTokenType.StartArray ? target[part.Value] : default, patch[change.Value]);
                break;
            default:
                Copy(writer, patch, change, ref first);
                return;
        }

        // FHIR knows no empty objects and arrays: an element that lost all it had is gone.
        if (merged.Length == 2) return;
        Name(writer, patch[change.Key], ref first);
        writer.Write(merged);
    }

    private static void Copy(ArrayBufferWriter<byte> writer, ReadOnlySpan<byte> json, Part part, ref bool first)
    {
        Name(writer, json[part.Key], ref first);
        writer.Write(json[part.Value]);
    }

    private static void Name(ArrayBufferWriter<byte> writer, ReadOnlySpan<byte> key, ref bool first)
    {
        if (!first) writer.Write(","u8);
        first = false;
        writer.Write(key);
        writer.Write(":"u8);
    }

    private static List<Part> Parts(ReadOnlySpan<byte> json)
    {
        var parts = new List<Part>();
        if (json.IsEmpty) return parts;
        var reader = new Utf8JsonReader(json);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            var keyStart = (int)reader.TokenStartIndex;
            var key = keyStart..(keyStart + reader.ValueSpan.Length + 2);
            reader.Read();
            var kind = reader.TokenType;
            var start = (int)reader.TokenStartIndex;
            reader.Skip();
            parts.Add(new Part(name, key, start..(int)reader.BytesConsumed, kind));
        }

        return parts;
    }
}
