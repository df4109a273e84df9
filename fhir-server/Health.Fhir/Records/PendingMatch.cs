using System.Text;

namespace Health.Fhir.Records;

/// <summary>
/// Whether a version that is decided but not yet indexed could be found by a search: if so it is indexed first. Errs on the side of yes.
/// </summary>
internal static class PendingMatch
{
    public static bool IsPossible(PendingVersion version, string resourceType, string query)
    {
        if (SoleIdentifierValue(query) is not { Length: > 0 } value) return version.Row.Type == resourceType || ReachesOtherTypes(query);
        if (version.Row.Type != resourceType || version.Row.Body is not { IsEmpty: false } body) return version.Row.Type == resourceType;
        // Escapes could spell the value in another way.
        return body.Span.Contains((byte)'\\') || Encoding.UTF8.GetString(body.Span).Contains(value, StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>The value of a query that is nothing but <c>identifier=[system|]value</c>; null for every other.</summary>
    private static string? SoleIdentifierValue(string query)
    {
        if (!query.StartsWith("identifier=", StringComparison.Ordinal) || query.Contains('&') || query.Contains(',')) return null;
        var value = Uri.UnescapeDataString(query["identifier=".Length..].Replace('+', ' '));
        return value.Contains(',') || value.Contains('\\') ? null : value[(value.LastIndexOf('|') + 1)..];
    }

    private static bool ReachesOtherTypes(string query) => query.Contains('.') || query.Contains(':') || query.Contains("_has", StringComparison.Ordinal);
}
