using System.Buffers;
using System.Text;
using Health.Adapters.Mapping.Values;
using Health.Hl7v2;

namespace Health.Adapters.Mapping;

/// <summary>
/// The merge patch of one resource, written front to back as UTF-8 JSON. An object or array appears only when something is written
/// into it, so that absent fields leave no empty shells behind (FHIR forbids them). Values go from the message's bytes to the patch's
/// without becoming strings.
/// </summary>
internal sealed class Patch
{
    private const int MaxDepth = 16, FirstSize = 4096, LargestKept = 1 << 20;

    /// <summary>What JSON escapes in a string, and DEL.</summary>
    private static readonly SearchValues<byte> Special = SearchValues.Create([.. Enumerable.Range(0, 32).Select(b => (byte)b), (byte)'"', (byte)'\\', 127]);

    /// <summary>Patches at rest, of this thread: a message needs a dozen, two at a time.</summary>
    [ThreadStatic]
    private static Stack<Patch>? resting;

    private readonly (string? Name, bool IsArray)[] levels = new (string?, bool)[MaxDepth];
    private byte[] buffer = new byte[FirstSize];
    private int length, depth, opened;

    private Patch()
    {
    }

    public static Patch Of(string resourceType)
    {
        var patch = resting is { Count: > 0 } some ? some.Pop() : new Patch();
        (patch.length, patch.depth, patch.opened, patch.SaysSomething, patch.ResourceType) = (0, 0, 0, false, resourceType);
        patch.Append((byte)'{');
        if (resourceType.Length == 0) return patch;
        patch.Name("resourceType");
        patch.Value(resourceType);
        return patch;
    }

    /// <summary>Elements set only where the stored resource has none.</summary>
    public static Patch ForDefaults() => Of("");

    public string ResourceType { get; private set; } = "";

    /// <summary>Whether anything but the resource type was written.</summary>
    public bool SaysSomething { get; private set; }

    /// <summary>Whether something was written into the innermost object or array.</summary>
    public bool IsOpen => opened == depth;

    public void Object(string? name = null) => levels[depth++] = (name, false);

    public void Array(string name) => levels[depth++] = (name, true);

    public void End()
    {
        depth--;
        if (opened <= depth) return;
        opened--;
        Append(levels[depth].IsArray ? (byte)']' : (byte)'}');
    }

    /// <summary>Nothing is written for null and blank text. Without a name it is a member of an array.</summary>
    public void Text(string? name, string? value)
    {
        if (Clean(value) is not { } text) return;
        Open();
        Name(name);
        Value(text);
    }

    /// <summary>The value of a place in the message, unescaped; nothing when there is none.</summary>
    public void Text(string? name, ComponentView value)
    {
        if (!value.TryPlain(out var plain))
        {
            Text(name, value.Text());
            return;
        }

        if (plain.IsEmpty) return;
        Open();
        Name(name);
        Value(plain);
    }

    /// <summary>Two texts as one.</summary>
    public void Text(string? name, string head, string tail)
    {
        Open();
        Name(name);
        Append((byte)'"');
        Escaped(head);
        Escaped(tail);
        Append((byte)'"');
    }

    /// <summary>A member of an array.</summary>
    public void Item(string? value) => Text(null, value);

    /// <summary>A decimal or integer, digit for digit as given.</summary>
    public void Number(string name, string? literal)
    {
        if (literal is null) return;
        Open();
        Name(name);
        Raw(literal);
    }

    public void Flag(string name, bool value)
    {
        Open();
        Name(name);
        Raw(value ? "true" : "false");
    }

    /// <summary>Asks for the removal of an element.</summary>
    public void Null(string name)
    {
        Open();
        Name(name);
        Raw("null");
    }

    /// <summary>A time as precise as known; one without a zone is in the given one.</summary>
    public void Time(string? name, in Hl7Timestamp time, TimeSpan zone)
    {
        Open();
        Name(name);
        Append((byte)'"');
        length += time.FormatFhirDateTime(Room(Hl7Timestamp.LongestText), zone);
        Append((byte)'"');
    }

    /// <summary>Bytes in base64.</summary>
    public void Base64(string name, ReadOnlySpan<byte> bytes)
    {
        Open();
        Name(name);
        Append((byte)'"');
        System.Buffers.Text.Base64.EncodeToUtf8(bytes, Room(System.Buffers.Text.Base64.GetMaxEncodedToUtf8Length(bytes.Length)), out _, out var written);
        length += written;
        Append((byte)'"');
    }

    /// <summary>The patch. Nothing can be written afterwards.</summary>
    public ReadOnlyMemory<byte> Finish()
    {
        Append((byte)'}');
        var bytes = buffer.AsSpan(0, length).ToArray();
        Rest();
        return bytes;
    }

    /// <summary>Gives the patch up unfinished.</summary>
    public void Rest()
    {
        if (buffer.Length <= LargestKept) (resting ??= []).Push(this);
    }

    private void Open()
    {
        SaysSomething = true;
        for (; opened < depth; opened++)
        {
            var (name, isArray) = levels[opened];
            Name(name);
            Append(isArray ? (byte)'[' : (byte)'{');
        }
    }

    /// <summary>The comma before, and the name of a member of an object.</summary>
    private void Name(string? name)
    {
        if (buffer[length - 1] is not ((byte)'{' or (byte)'[')) Append((byte)',');
        if (name is null) return;
        var room = Room(name.Length + 3);
        room[0] = (byte)'"';
        Ascii.FromUtf16(name, room[1..], out _);
        room[name.Length + 1] = (byte)'"';
        room[name.Length + 2] = (byte)':';
        length += name.Length + 3;
    }

    private void Value(string text)
    {
        Append((byte)'"');
        Escaped(text);
        Append((byte)'"');
    }

    private void Value(ReadOnlySpan<byte> utf8)
    {
        Append((byte)'"');
        Escaped(utf8);
        Append((byte)'"');
    }

    private void Escaped(string text)
    {
        var room = Room(Encoding.UTF8.GetMaxByteCount(text.Length));
        var count = Encoding.UTF8.GetBytes(text, room);
        if (room[..count].IndexOfAny(Special) < 0) length += count;
        else Escaped(room[..count].ToArray());
    }

    /// <summary>FHIR strings have no control characters but tab and line ends; others are left out.</summary>
    private void Escaped(ReadOnlySpan<byte> utf8)
    {
        while (true)
        {
            var at = utf8.IndexOfAny(Special);
            var plain = at < 0 ? utf8 : utf8[..at];
            plain.CopyTo(Room(plain.Length));
            length += plain.Length;
            if (at < 0) return;
            var escape = utf8[at] switch { (byte)'"' => (byte)'"', (byte)'\\' => (byte)'\\', (byte)'\n' => (byte)'n', (byte)'\r' => (byte)'r', (byte)'\t' => (byte)'t', _ => (byte)0 };
            if (escape != 0)
            {
                Append((byte)'\\');
                Append(escape);
            }

            utf8 = utf8[(at + 1)..];
        }
    }

    private void Raw(string ascii)
    {
        Ascii.FromUtf16(ascii, Room(ascii.Length), out _);
        length += ascii.Length;
    }

    private void Append(byte one)
    {
        if (length == buffer.Length) System.Array.Resize(ref buffer, length * 2);
        buffer[length++] = one;
    }

    private Span<byte> Room(int count)
    {
        if (buffer.Length - length < count) System.Array.Resize(ref buffer, Math.Max(buffer.Length * 2, length + count));
        return buffer.AsSpan(length);
    }

    /// <summary>FHIR strings have no outer blanks.</summary>
    private static string? Clean(string? value)
    {
        if (value is null) return null;
        var text = value.Trim();
        if (text.Length == 0) return null;
        return text.AsSpan().ContainsAnyInRange('\0', '\u001f') ? WithoutControls(text) : text;
    }

    private static string? WithoutControls(string text)
    {
        var kept = new string([.. text.Where(c => c >= ' ' || c is '\t' or '\r' or '\n')]).Trim();
        return kept.Length == 0 ? null : kept;
    }
}
