using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Health.Contracts;

namespace Health.Fhir.Wire;

/// <summary>Refusals as an OperationOutcome. http://hl7.org/fhir/R4/operationoutcome.html</summary>
public static class OutcomeWriter
{
    public const int MaxIssues = 100, MaxDiagnostics = 500;

    private static readonly JsonWriterOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static byte[] Write(IReadOnlyList<Refusal> refusals)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, Readable)) WriteTo(json, refusals);
        return buffer.WrittenSpan.ToArray();
    }

    public static void WriteTo(Utf8JsonWriter json, IReadOnlyList<Refusal> refusals)
    {
        json.WriteStartObject();
        json.WriteString("resourceType", "OperationOutcome");
        json.WriteStartArray("issue");
        foreach (var refusal in refusals.Take(MaxIssues)) Issue(json, refusal.Status < 400 ? "information" : "error", refusal);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Issue(Utf8JsonWriter json, string severity, Refusal refusal)
    {
        json.WriteStartObject();
        json.WriteString("severity", severity);
        json.WriteString("code", refusal.Code);
        json.WriteString("diagnostics", refusal.Diagnostics.Length <= MaxDiagnostics ? refusal.Diagnostics : refusal.Diagnostics[..MaxDiagnostics]);
        if (refusal.Expression is not null)
        {
            json.WriteStartArray("expression");
            json.WriteStringValue(refusal.Expression);
            json.WriteEndArray();
        }

        json.WriteEndObject();
    }
}
