using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Health.Adapters.Mapping;

/// <summary>
/// The merge patch of one resource, written front to back as UTF-8 JSON. An object or array appears only when something is written
/// into it, so that absent fields leave no empty shells behind (FHIR forbids them).
/// </summary>
#pragma warning disable CA1001 // Finish disposes the writer; one that is dropped unfinished holds nothing but managed memory
internal sealed class Patch
#pragma warning restore CA1001
{
    private const int MaxDepth = 16;
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };
    private readonly ArrayBufferWriter<byte> buffer = new(1024);
    private readonly Utf8JsonWriter json;
    private readonly (string? Name, bool IsArray)[] levels = new (string?, bool)[MaxDepth];
    private int depth, opened;

    public Patch(string resourceType)
    {
        ResourceType = resourceType;
        json = new Utf8JsonWriter(buffer, Options);
        json.WriteStartObject();
        if (resourceType.Length > 0) json.WriteString("resourceType", resourceType);
    }

    /// <summary>Elements set only where the stored resource has none.</summary>
    public static Patch ForDefaults() => new("");

    public string ResourceType { get; }

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
        if (levels[depth].IsArray) json.WriteEndArray();
        else json.WriteEndObject();
    }

    /// <summary>Nothing is written for null and blank text.</summary>
    public void Text(string name, string? value)
    {
        if (Clean(value) is not { } text) return;
        Open();
        json.WriteString(name, text);
    }

    /// <summary>A member of an array.</summary>
    public void Item(string? value)
    {
        if (Clean(value) is not { } text) return;
        Open();
        json.WriteStringValue(text);
    }

    /// <summary>A decimal or integer, digit for digit as given.</summary>
    public void Number(string name, string? literal)
    {
        if (literal is null) return;
        Open();
        json.WritePropertyName(name);
        json.WriteRawValue(literal, skipInputValidation: true);
    }

    public void Flag(string name, bool value)
    {
        Open();
        json.WriteBoolean(name, value);
    }

    /// <summary>Asks for the removal of an element.</summary>
    public void Null(string name)
    {
        Open();
        json.WriteNull(name);
    }

    /// <summary>The patch. Nothing can be written afterwards.</summary>
    public ReadOnlyMemory<byte> Finish()
    {
        json.WriteEndObject();
        json.Flush();
        json.Dispose();
        return buffer.WrittenMemory;
    }

    private void Open()
    {
        SaysSomething = true;
        for (; opened < depth; opened++)
        {
            var (name, isArray) = levels[opened];
            if (name is not null) json.WritePropertyName(name);
            if (isArray) json.WriteStartArray();
            else json.WriteStartObject();
        }
    }

    /// <summary>FHIR strings have no outer blanks and no control characters but tab and line ends.</summary>
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
