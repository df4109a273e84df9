using System.Text.Json;
using Health.Contracts;
using Health.Fhir.Records;
using Hl7.Fhir.Model;
using Hl7.Fhir.Serialization;
using Hl7.Fhir.Utility;

namespace Health.Fhir.Wire;

/// <summary>
/// Whether received JSON is a valid R4 resource: shape, types, cardinality, required codes (the SDK, strict) and harmless narrative.
/// http://hl7.org/fhir/R4/validation.html
/// </summary>
public static class ResourceCheck
{
    private sealed class TooManyErrors : Exception;

    [ThreadStatic]
    private static int errors;

    // One more error costs the SDK about 10 KB: past the limit the body is not read further.
    private static readonly FhirJsonDeserializer Deserializer = new(new DeserializerSettings().UsingMode(DeserializationMode.Strict) with
    {
        ExceptionFilter = _ => ++errors > OutcomeWriter.MaxIssues ? throw new TooManyErrors() : false,
    });

    /// <summary>The scan of a valid body, or what is wrong with it (at most 100 places).</summary>
    public static IReadOnlyList<Refusal> TryRead(ReadOnlySpan<byte> json, string? expectedType, out ResourceScan scan)
    {
        if (ResourceScan.TryRead(json, out scan) is { } refusal) return [refusal];
        if (scan.ResourceType is not { } type) return [Refusal.Invalid("The body has no resourceType.", "resourceType")];
        if (expectedType is not null && type != expectedType) return [Refusal.Invalid($"The body is a {type}; this address takes {expectedType}.", "resourceType")];
        if (!ResourceTypes.IsKnown(type)) return [Refusal.Invalid($"{type} is no resource type of FHIR R4.", "resourceType")];
        if (scan.Id is not null && !ResourceTypes.IsLogicalId(scan.Id)) return [Refusal.Invalid("A logical id has 1 to 64 characters of A-Z a-z 0-9 - and point.", $"{type}.id")];
        var issues = Structure(json, type);
        return issues.Count > 0 ? issues : NarrativeGuard.Check(json, type) is { } unsafeText ? [unsafeText] : [];
    }

    private static List<Refusal> Structure(ReadOnlySpan<byte> json, string type)
    {
        errors = 0;
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = ResourceScan.MaxDepth });
        try
        {
            if (Deserializer.TryDeserializeResource(ref reader, out Resource? _, out var issues)) return [];
            return [.. issues.Take(OutcomeWriter.MaxIssues).Select(issue => Issue(issue, type))];
        }
        catch (TooManyErrors)
        {
            return [new Refusal(422, "too-costly", $"The resource has more than {OutcomeWriter.MaxIssues} errors.")];
        }
    }

    // The SDK calls the resource $this where the resource itself lacks something.
    private static Refusal Issue(CodedException e, string type) => e is ExtendedCodedException extended
        ? new Refusal(422, Code(extended), extended.BaseErrorMessage, extended.InstancePath?.Replace("$this", type))
        : new Refusal(422, "structure", e.Message);

    private static string Code(ExtendedCodedException e) => e.IssueType switch
    {
        OperationOutcome.IssueType.Required => "required",
        OperationOutcome.IssueType.Value => "value",
        OperationOutcome.IssueType.CodeInvalid => "code-invalid",
        OperationOutcome.IssueType.Invariant => "invariant",
        _ => "structure",
    };
}
