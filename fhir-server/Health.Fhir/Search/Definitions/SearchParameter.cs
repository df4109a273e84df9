namespace Health.Fhir.Search;

/// <summary>http://hl7.org/fhir/R4/search.html#ptypes</summary>
public enum SearchType { Number, Date, String, Token, Reference, Composite, Quantity, Uri, Special }

/// <summary>A standard search parameter as one resource type has it (http://hl7.org/fhir/R4/searchparameter.html).</summary>
/// <param name="Code">The name in a query string.</param>
/// <param name="Expression">FHIRPath over all base types; null where the standard gives none (_text, _query).</param>
/// <param name="Url">Its canonical URL.</param>
/// <param name="Targets">Resource types a reference may lead to; empty for other types.</param>
public sealed record SearchParameter(string Code, SearchType Type, string? Expression, IReadOnlyList<string> Targets, string? Url = null)
{
    /// <summary>Codes of the parameters whose values a composite joins with $, in order; empty for all others.</summary>
    public IReadOnlyList<string> Components { get; init; } = [];
}
