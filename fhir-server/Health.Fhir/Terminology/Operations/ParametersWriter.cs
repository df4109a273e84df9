using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Health.Fhir.Wire;

namespace Health.Fhir.Terminology;

/// <summary>Writes a Parameters resource. http://hl7.org/fhir/R4/parameters.html</summary>
public sealed class ParametersWriter
{
    private static readonly JsonWriterOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private readonly Utf8JsonWriter json;

    private ParametersWriter(Utf8JsonWriter json) => this.json = json;

    public static FhirAnswer Answer(Action<ParametersWriter> write) => new(200)
    {
        Body = Resource("Parameters", json =>
        {
            json.WriteStartArray("parameter");
            write(new ParametersWriter(json));
            json.WriteEndArray();
        }),
    };

    public static byte[] Resource(string type, Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>(4096);
        using (var json = new Utf8JsonWriter(buffer, Readable))
        {
            json.WriteStartObject();
            json.WriteString("resourceType", type);
            write(json);
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    public void Text(string name, string? value, string kind = "valueString")
    {
        if (value is null) return;
        json.WriteStartObject();
        json.WriteString("name", name);
        json.WriteString(kind, value);
        json.WriteEndObject();
    }

    public void Flag(string name, bool value)
    {
        json.WriteStartObject();
        json.WriteString("name", name);
        json.WriteBoolean("valueBoolean", value);
        json.WriteEndObject();
    }

    public void Coding(string name, string? system, string code, string? display = null, string? version = null)
    {
        json.WriteStartObject();
        json.WriteString("name", name);
        json.WriteStartObject("valueCoding");
        if (system is not null) json.WriteString("system", system);
        if (version is not null) json.WriteString("version", version);
        json.WriteString("code", code);
        if (display is not null) json.WriteString("display", display);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    /// <summary>A value of its own form: kind is Code, String, Boolean, Integer, Decimal, DateTime or Coding.</summary>
    public void Value(string name, ConceptProperty property)
    {
        if (property.Kind == "Coding") Coding(name, property.System, property.Value);
        else if (property.Kind is "Boolean" or "Integer" or "Decimal")
        {
            json.WriteStartObject();
            json.WriteString("name", name);
            json.WritePropertyName("value" + property.Kind);
            json.WriteRawValue(property.Value);
            json.WriteEndObject();
        }
        else Text(name, property.Value, "value" + property.Kind);
    }

    public void Parts(string name, Action<ParametersWriter> parts)
    {
        json.WriteStartObject();
        json.WriteString("name", name);
        json.WriteStartArray("part");
        parts(this);
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
