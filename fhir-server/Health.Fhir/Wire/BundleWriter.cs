using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Health.Fhir.Wire;

/// <summary>Writes a Bundle around bodies that are JSON already. http://hl7.org/fhir/R4/bundle.html</summary>
public static class BundleWriter
{
    private static readonly JsonWriterOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    /// <param name="total">null leaves it out.</param>
    /// <param name="entry">Writes the members of one entry's object.</param>
    public static byte[] Write<T>(string type, long? total, IReadOnlyList<(string Relation, string Url)> links, IReadOnlyList<T> entries, Action<Utf8JsonWriter, T> entry)
    {
        var buffer = new ArrayBufferWriter<byte>(16 * 1024);
        using (var json = new Utf8JsonWriter(buffer, Readable))
        {
            json.WriteStartObject();
            json.WriteString("resourceType", "Bundle");
            json.WriteString("type", type);
            if (total is { } count) json.WriteNumber("total", count);
            Links(json, links);
            if (entries.Count > 0)
            {
                json.WriteStartArray("entry");
                foreach (var item in entries)
                {
                    json.WriteStartObject();
                    entry(json, item);
                    json.WriteEndObject();
                }

                json.WriteEndArray();
            }

            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    private static void Links(Utf8JsonWriter json, IReadOnlyList<(string Relation, string Url)> links)
    {
        if (links.Count == 0) return;
        json.WriteStartArray("link");
        foreach (var (relation, url) in links)
        {
            json.WriteStartObject();
            json.WriteString("relation", relation);
            json.WriteString("url", url);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
