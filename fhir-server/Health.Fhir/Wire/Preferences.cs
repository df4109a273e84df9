namespace Health.Fhir.Wire;

/// <summary>The header Prefer (RFC 7240), as http://hl7.org/fhir/R4/http.html#return and http://hl7.org/fhir/R4/async.html use it.</summary>
internal static class Preferences
{
    public static bool Has(string? prefer, string what) =>
        prefer is not null && prefer.Split(',', ';').Any(part => part.Trim().Equals(what, StringComparison.OrdinalIgnoreCase));

    public static bool WantsRepresentation(string? prefer) => Has(prefer, "return=representation");

    public static bool WantsOutcome(string? prefer) => Has(prefer, "return=OperationOutcome");

    /// <summary>Whether the request runs on its own: reading searches, histories and operations, and bundles. Bulk export and import have jobs of their own.</summary>
    public static bool RunsOnItsOwn(FhirRequest request, string interaction) =>
        Has(request.Prefer, "respond-async")
        && interaction is not ("read" or "vread" or "create" or "update" or "patch" or "delete" or "not-mapped" or "async-status" or "async-cancel")
        && !interaction.Contains("export", StringComparison.Ordinal) && !interaction.Contains("import", StringComparison.Ordinal)
        && (request.Method is "GET" || interaction is "transaction" or "search-type" or "search-system");
}
