using Health.Fhir.Wire;

namespace Health.Fhir.Search;

/// <summary>Takes what the extraction finds in one resource: one call per value, in clear. Blinding and storing are the receiver's.</summary>
public interface IIndexSink
{
    /// <summary>Number of the element the next values lie in, for composite parameters that join values of one element; null for none.</summary>
    short? Item { set; }

    /// <summary>
    /// A code or identifier; <paramref name="system"/> null where none is given, <paramref name="code"/> empty where the element has none.
    /// <paramref name="text"/>: what stands beside it for people (display, text), for <c>:text</c>.
    /// </summary>
    void Token(string parameter, string? system, string code, string? text = null);

    /// <summary>An identifier by its type, for <c>:of-type</c>.</summary>
    void TypedIdentifier(string parameter, string? typeSystem, string typeCode, string value);

    void Date(string parameter, DateRange range);

    void Text(string parameter, string text);

    void Reference(string parameter, ReferenceTarget target);

    void Uri(string parameter, string uri);

    /// <summary>A number (all units null) or quantity.</summary>
    void Number(string parameter, NumberRange range, string? system, string? code, string? unit);
}

/// <summary>
/// Where a reference leads. Local: <paramref name="Type"/> and <paramref name="Id"/>. Elsewhere (another server, urn:, canonical): the type is
/// empty and the id is the URL. Both empty: by identifier only.
/// </summary>
public readonly record struct ReferenceTarget(string Type, string Id)
{
    public bool IsLocal => Type.Length > 0;

    /// <summary>Reads Type/id[/_history/n] or an absolute URL; null for a contained resource (#…) or an empty text.</summary>
    public static ReferenceTarget? Parse(string reference, string baseUrl)
    {
        if (reference.Length == 0 || reference[0] == '#') return null;
        var local = baseUrl.Length > 0 && reference.StartsWith(baseUrl + "/", StringComparison.Ordinal) ? reference[(baseUrl.Length + 1)..] : reference;
        if (local.Contains(':')) return new ReferenceTarget("", reference);
        var parts = local.Split('/');
        return parts.Length is 2 or 4 && ResourceTypes.IsLogicalId(parts[1]) && FhirDefinitions.R4.ResourceTypes.Contains(parts[0])
            ? new ReferenceTarget(parts[0], parts[1])
            : new ReferenceTarget("", reference);
    }

    /// <summary>The version a local reference names, as a target of its own; null where it names none.</summary>
    public ReferenceTarget? VersionIn(string reference) =>
        IsLocal && reference.IndexOf("/_history/", StringComparison.Ordinal) is var at and > 0 ? this with { Id = Id + reference[at..] } : null;

    /// <summary>The type a reference text leads to, by the form of its URL; null when the text does not say.</summary>
    public static string? TypeOf(string reference)
    {
        var parts = reference.Split('/');
        var end = parts.Length > 3 && parts[^2] == "_history" ? parts.Length - 2 : parts.Length;
        return end >= 2 && FhirDefinitions.R4.ResourceTypes.Contains(parts[end - 2]) ? parts[end - 2] : null;
    }
}
