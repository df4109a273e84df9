using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Health.Fhir.Records;

/// <summary>
/// Unites two arrays as sets. Members are the same when their <c>reference</c> is, or their <c>system</c> and <c>value</c>, or else their
/// bytes. What is stored keeps its place, in the words of the patch where both have it; what is new goes to the end. A member of the patch
/// with a system and the value null takes the stored members of that system out first.
/// </summary>
internal static class MergePatchUnion
{
    private readonly record struct Member(Range Bytes, string Identity, string? System, bool Removes);

    /// <param name="stored">The stored array; empty for none.</param>
    /// <returns><c>[]</c> when nothing is left.</returns>
    public static byte[] Of(ReadOnlySpan<byte> stored, ReadOnlySpan<byte> patch)
    {
        var changes = Members(patch);
        var removed = changes.Where(member => member.Removes).Select(member => member.System).ToHashSet();
        var waiting = new Dictionary<string, Range>();
        foreach (var change in changes)
            if (!change.Removes) waiting[change.Identity] = change.Bytes;
        var writer = new ArrayBufferWriter<byte>(stored.Length + patch.Length + 2);
        writer.Write("["u8);
        foreach (var member in Members(stored))
        {
            if (waiting.Remove(member.Identity, out var inPatch)) Append(writer, patch[inPatch]);
            else if (member.System is null || !removed.Contains(member.System)) Append(writer, stored[member.Bytes]);
        }

        foreach (var change in changes)
            if (waiting.Remove(change.Identity, out var added)) Append(writer, patch[added]);
        writer.Write("]"u8);
        return writer.WrittenSpan.ToArray();
    }

    private static void Append(ArrayBufferWriter<byte> writer, ReadOnlySpan<byte> member)
    {
        if (writer.WrittenCount > 1) writer.Write(","u8);
        writer.Write(member);
    }

    private static List<Member> Members(ReadOnlySpan<byte> array)
    {
        var members = new List<Member>();
        if (array.IsEmpty) return members;
        var reader = new Utf8JsonReader(array, new JsonReaderOptions { MaxDepth = ResourceScan.MaxDepth });
        reader.Read();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            var start = (int)reader.TokenStartIndex;
            var isObject = reader.TokenType == JsonTokenType.StartObject;
            reader.Skip();
            var bytes = start..(int)reader.BytesConsumed;
            members.Add(isObject ? Of(array, bytes) : new Member(bytes, Encoding.UTF8.GetString(array[bytes]), null, false));
        }

        return members;
    }

    private static Member Of(ReadOnlySpan<byte> array, Range bytes)
    {
        string? reference = null, system = null, value = null;
        var removes = false;
        var reader = new Utf8JsonReader(array[bytes], new JsonReaderOptions { MaxDepth = ResourceScan.MaxDepth });
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString();
            reader.Read();
            var text = reader.TokenType == JsonTokenType.String ? reader.GetString() : null;
            if (name == "reference") reference = text;
            else if (name == "system") system = text;
            else if (name == "value") (value, removes) = (text, reader.TokenType == JsonTokenType.Null);
            reader.Skip();
        }

        // The kind first, so that no reference is mistaken for an identifier.
        var identity = reference is not null ? $"r {reference}" : value is not null ? $"i {system} {value}" : Encoding.UTF8.GetString(array[bytes]);
        return new Member(bytes, identity, system, removes && system is not null);
    }
}
