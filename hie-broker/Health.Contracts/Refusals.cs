namespace Health.Contracts;

/// <summary>
/// Why a request was not carried out: a value, not an exception. <paramref name="Code"/> is a FHIR issue type
/// (http://hl7.org/fhir/R4/valueset-issue-type.html), <paramref name="Status"/> the HTTP status a REST door answers with,
/// <paramref name="Expression"/> the FHIRPath or HL7 path of the place.
/// </summary>
public sealed record Refusal(int Status, string Code, string Diagnostics, string? Expression = null)
{
    public static Refusal Invalid(string diagnostics, string? expression = null) => new(400, "invalid", diagnostics, expression);
    public static Refusal NotFound(string diagnostics) => new(404, "not-found", diagnostics);
    public static Refusal Gone(string diagnostics) => new(410, "deleted", diagnostics);
    public static Refusal Conflict(string diagnostics) => new(409, "conflict", diagnostics);
    public static Refusal VersionConflict(string diagnostics) => new(412, "conflict", diagnostics);
    public static Refusal MultipleMatches(string diagnostics) => new(412, "multiple-matches", diagnostics);
    public static Refusal Unprocessable(string diagnostics, string? expression = null) => new(422, "processing", diagnostics, expression);
    public static Refusal Forbidden(string diagnostics) => new(403, "forbidden", diagnostics);
    public static Refusal TooCostly(string diagnostics) => new(413, "too-costly", diagnostics);
    public static Refusal NotSupported(string diagnostics, string? expression = null) => new(400, "not-supported", diagnostics, expression);
    public static Refusal Throttled(string diagnostics) => new(503, "throttled", diagnostics);
}
