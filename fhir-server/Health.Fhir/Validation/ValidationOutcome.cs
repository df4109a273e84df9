using System.Text.Json;
using Health.Fhir.Terminology;

namespace Health.Fhir.Validation;

/// <summary>Issues of every severity as an OperationOutcome.</summary>
internal static class ValidationOutcome
{
    private const int MaxText = 500;

    public static byte[] Write(IReadOnlyList<ValidationIssue> issues, string whenNone) => ParametersWriter.Resource("OperationOutcome", json =>
    {
        json.WriteStartArray("issue");
        foreach (var issue in issues) Write(json, issue.Severity.ToString().ToLowerInvariant(), issue.Code, issue.Text, issue.Expression);
        if (issues.Count == 0) Write(json, "information", "informational", whenNone, null);
        json.WriteEndArray();
    });

    private static void Write(Utf8JsonWriter json, string severity, string code, string text, string? expression)
    {
        json.WriteStartObject();
        json.WriteString("severity", severity);
        json.WriteString("code", code);
        json.WriteString("diagnostics", text.Length <= MaxText ? text : text[..MaxText]);
        if (expression is not null)
        {
            json.WriteStartArray("expression");
            json.WriteStringValue(expression);
            json.WriteEndArray();
        }

        json.WriteEndObject();
    }
}
