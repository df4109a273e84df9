using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Health.Fhir.Records;

namespace Health.Fhir.Bulk;

/// <summary>What a finished job came to. https://hl7.org/fhir/uv/bulkdata/STU2/export.html#response---output-manifest</summary>
public static class BulkManifest
{
    private static readonly JsonWriterOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static byte[] OfExport(BulkJob job, IReadOnlyList<BulkFile> files) => Write(job, json =>
    {
        foreach (var kind in new[] { "output", "deleted" })
        {
            json.WriteStartArray(kind);
            foreach (var file in files.Where(file => file.Kind == kind)) Entry(json, kind == "deleted" ? "Bundle" : file.Type, $"{job.Request.BaseUrl}/$export-file/{job.Id}/{file.Number}", file.Count);
            json.WriteEndArray();
        }

        json.WriteStartArray("error");
        json.WriteEndArray();
    });

    public static byte[] OfImport(BulkJob job) => Write(job, json =>
    {
        json.WriteStartArray("output");
        for (var i = 0; i < job.Request.Inputs.Count; i++)
        {
            json.WriteStartObject();
            json.WriteString("inputUrl", job.Request.Inputs[i].Url ?? $"request body {i + 1}");
            if (job.Request.Inputs[i].Type is { } type) json.WriteString("type", type);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteNumber("imported", job.Done);
        json.WriteStartArray("error");
        if (job.Failed > 0) Entry(json, "OperationOutcome", $"{job.Request.BaseUrl}/$import-file/{job.Id}/errors", job.Failed);
        json.WriteEndArray();
    });

    private static byte[] Write(BulkJob job, Action<Utf8JsonWriter> outputs)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, Readable))
        {
            json.WriteStartObject();
            json.WriteString("transactionTime", ResourceBytes.Instant(job.CreatedAt));
            json.WriteString("request", job.Request.Url);
            json.WriteBoolean("requiresAccessToken", true);
            outputs(json);
            json.WriteStartObject("extension");
            // The sequence of the event log at which all files look.
            json.WriteNumber("horizon", job.Horizon);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    private static void Entry(Utf8JsonWriter json, string type, string url, long count)
    {
        json.WriteStartObject();
        json.WriteString("type", type);
        json.WriteString("url", url);
        json.WriteNumber("count", count);
        json.WriteEndObject();
    }
}
