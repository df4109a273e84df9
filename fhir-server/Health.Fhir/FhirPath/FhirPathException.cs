namespace Health.Fhir.FhirPath;

/// <summary>An expression that cannot be read, or cannot be evaluated on this input.</summary>
public sealed class FhirPathException(string message) : Exception(message);
