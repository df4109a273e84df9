using Health.Contracts;
using Health.Fhir.FhirPath;
using Health.Fhir.Records;
using Health.Fhir.Validation;

namespace Health.Fhir.Wire;

/// <summary>
/// Whether received JSON is a valid R4 resource: well-formed, of the expected type, and sound by the definitions (Validation).
/// http://hl7.org/fhir/R4/validation.html
/// </summary>
public static class ResourceCheck
{
    /// <summary>The scan of a valid body, or what is wrong with it (at most 100 places).</summary>
    public static IReadOnlyList<Refusal> TryRead(ReadOnlySpan<byte> json, string? expectedType, out ResourceScan scan)
    {
        if (ResourceScan.TryRead(json, out scan) is { } refusal) return [refusal];
        if (scan.ResourceType is not { } type) return [Refusal.Invalid("The body has no resourceType.", "resourceType")];
        if (expectedType is not null && type != expectedType) return [Refusal.Invalid($"The body is a {type}; this address takes {expectedType}.", "resourceType")];
        if (!ResourceTypes.IsKnown(type)) return [Refusal.Invalid($"{type} is no resource type of FHIR R4.", "resourceType")];
        if (scan.Id is not null && !ResourceTypes.IsLogicalId(scan.Id)) return [Refusal.Invalid("A logical id has 1 to 64 characters of A-Z a-z 0-9 - and point.", $"{type}.id")];
        var tree = ResourceTree.Parse(json);
        try
        {
            var issues = new ValidationIssues();
            ResourceValidator.Run(tree, issues, withWarnings: false);
            return issues.HasErrors ? [.. issues.All.Where(issue => issue.Severity == Severity.Error).Select(issue => issue.AsRefusal())] : [];
        }
        finally
        {
            tree.Return();
        }
    }
}
