using System.Text.Json;
using Health.Contracts;

namespace Health.Fhir.Records;

/// <summary>A stretch of bytes; <see cref="None"/> when the element is absent.</summary>
public readonly record struct Stretch(int Start, int Length)
{
    public static readonly Stretch None = new(-1, 0);
    public bool Exists => Start >= 0;
    public int End => Start + Length;
}

/// <summary>
/// One pass over received JSON: it is well formed, no deeper than 64, no member twice, of bounded size; and where the few elements are
/// that the server itself sets. http://hl7.org/fhir/R4/json.html
/// </summary>
public sealed class ResourceScan
{
    public const int MaxDepth = 64, MaxElements = 100_000, MaxBundleElements = 1_000_000, MaxDigits = 1000;

    public string? ResourceType { get; private set; }
    public string? Id { get; private set; }

    /// <summary>First byte after the opening brace of the resource.</summary>
    public int BodyStart { get; private set; }
    public bool IsEmpty { get; private set; } = true;

    /// <summary>The values, quotes included; meta is the whole object, braces included.</summary>
    public Stretch ResourceTypeValue { get; private set; } = Stretch.None;
    public Stretch IdValue { get; private set; } = Stretch.None;
    public Stretch Meta { get; private set; } = Stretch.None;
    public bool MetaIsEmpty { get; private set; } = true;
    public Stretch VersionIdValue { get; private set; } = Stretch.None;
    public Stretch LastUpdatedValue { get; private set; } = Stretch.None;

    private ResourceScan()
    {
    }

    /// <summary>Scans UTF-8 JSON; a refusal says what is wrong and at which byte.</summary>
    public static Refusal? TryRead(ReadOnlySpan<byte> json, out ResourceScan scan)
    {
        scan = new ResourceScan();
        try
        {
            return scan.Read(json);
        }
        catch (JsonException e)
        {
            return Refusal.Invalid($"The body is not well-formed JSON at line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}: {e.Message.Split(" LineNumber")[0]}");
        }
        catch (InvalidOperationException)
        {
            // GetString on bytes that are no valid UTF-8, or on a lone surrogate escape.
            return Refusal.Invalid("The body holds a string that is not valid Unicode.");
        }
    }

    private Refusal? Read(ReadOnlySpan<byte> json)
    {
        if (!System.Text.Unicode.Utf8.IsValid(json)) return Refusal.Invalid("The body is not valid UTF-8.");
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = MaxDepth });
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) return Refusal.Invalid("The body is not a JSON object.");
        BodyStart = (int)reader.BytesConsumed;
        var names = new MemberNames();
        names.Open();
        var elements = 0;
        while (reader.Read())
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.StartObject:
                    names.Open();
                    break;
                case JsonTokenType.EndObject:
                    names.Close();
                    break;
                case JsonTokenType.String when reader.ValueIsEscaped:
                    // Half a character, written as an escape, would fail only where somebody reads it.
                    _ = reader.GetString();
                    break;
                case JsonTokenType.Number when reader.ValueSpan.Length > MaxDigits:
                    return Refusal.Invalid($"The number at byte {reader.TokenStartIndex} has more than {MaxDigits} characters.");
                case JsonTokenType.PropertyName:
                    if (reader.ValueIsEscaped) return Refusal.Invalid($"A member name is written with escapes at byte {reader.TokenStartIndex}; FHIR names are plain.");
                    var start = (int)reader.TokenStartIndex + 1;
                    if (!names.Add(json, start, reader.ValueSpan.Length)) return Refusal.Invalid($"The member '{reader.GetString()}' occurs twice at byte {reader.TokenStartIndex}.");
                    if (++elements > MaxBundleElements || (elements > MaxElements && ResourceType != "Bundle")) return Refusal.TooCostly($"The resource has more than {MaxElements} elements.");
                    if (reader.CurrentDepth == 1 && Note(ref reader) is { } refusal) return refusal;
                    break;
            }
        }

        return null;
    }

    private Refusal? Note(ref Utf8JsonReader reader)
    {
        IsEmpty = false;
        if (reader.ValueTextEquals("resourceType"u8))
        {
            reader.Read();
            if (reader.TokenType != JsonTokenType.String) return Refusal.Invalid("resourceType must be a string.", "resourceType");
            ResourceType = reader.GetString();
            ResourceTypeValue = Token(ref reader);
        }
        else if (reader.ValueTextEquals("id"u8))
        {
            reader.Read();
            if (reader.TokenType != JsonTokenType.String) return Refusal.Invalid("id must be a string.", "id");
            Id = reader.GetString();
            IdValue = Token(ref reader);
        }
        else if (reader.ValueTextEquals("meta"u8))
        {
            reader.Read();
            if (reader.TokenType != JsonTokenType.StartObject) return Refusal.Invalid("meta must be an object.", "meta");
            return ReadMeta(ref reader);
        }

        return null;
    }

    private Refusal? ReadMeta(ref Utf8JsonReader reader)
    {
        var start = (int)reader.TokenStartIndex;
        var names = new HashSet<string>();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            MetaIsEmpty = false;
            var name = reader.GetString()!;
            if (reader.ValueIsEscaped || !names.Add(name)) return Refusal.Invalid($"The member '{name}' of meta occurs twice or is written with escapes.", "meta");
            reader.Read();
            if (name == "versionId") VersionIdValue = Token(ref reader);
            if (name == "lastUpdated") LastUpdatedValue = Token(ref reader);
            if (name is "versionId" or "lastUpdated" && reader.TokenType != JsonTokenType.String) return Refusal.Invalid($"{name} must be a string.", $"meta.{name}");
            reader.Skip();
        }

        Meta = new Stretch(start, (int)reader.BytesConsumed - start);
        return null;
    }

    private static Stretch Token(ref Utf8JsonReader reader) => new((int)reader.TokenStartIndex, (int)(reader.BytesConsumed - reader.TokenStartIndex));

    /// <summary>The member names of the objects that are open, to find repetitions without allocating per object.</summary>
    private sealed class MemberNames
    {
        private readonly List<(int Start, int Length)> names = [];
        private readonly Stack<int> opened = new();
        private readonly Stack<HashSet<string>?> wide = new();
        private const int Narrow = 24;

        public void Open()
        {
            opened.Push(names.Count);
            wide.Push(null);
        }

        public void Close()
        {
            var first = opened.Pop();
            names.RemoveRange(first, names.Count - first);
            wide.Pop();
        }

        public bool Add(ReadOnlySpan<byte> json, int start, int length)
        {
            var first = opened.Peek();
            var name = json.Slice(start, length);
            if (names.Count - first >= Narrow) return AddWide(json, first, name);
            for (var i = first; i < names.Count; i++)
                if (json.Slice(names[i].Start, names[i].Length).SequenceEqual(name)) return false;
            names.Add((start, length));
            return true;
        }

        // An object of thousands of members must not cost the square of it.
        private bool AddWide(ReadOnlySpan<byte> json, int first, ReadOnlySpan<byte> name)
        {
            var set = wide.Peek();
            if (set is null)
            {
                set = [];
                for (var i = first; i < names.Count; i++) set.Add(System.Text.Encoding.UTF8.GetString(json.Slice(names[i].Start, names[i].Length)));
                wide.Pop();
                wide.Push(set);
            }

            return set.Add(System.Text.Encoding.UTF8.GetString(name));
        }
    }
}
