using System.Text.Json;

namespace Health.Fhir.Search;

/// <summary>http://hl7.org/fhir/R4/search.html#reference; the identifier of a logical reference is a token of the same parameter.</summary>
public static class ReferenceValues
{
    /// <summary>There is a reference, but it leads to nothing a search can name: a contained resource, an identifier, a mere display.</summary>
    private static readonly ReferenceTarget Nowhere = new("", "");

    public static void Emit(string parameter, ElementPath path, JsonElement element, string baseUrl, IIndexSink sink)
    {
        if (element.ValueKind == JsonValueKind.String)
        {
            EmitCanonical(parameter, element.GetString()!, baseUrl, sink);
            return;
        }
        if (element.ValueKind != JsonValueKind.Object) return;
        var reference = ElementValues.Text(element, "reference");
        if (path.ReferenceType is { } wanted && (reference is null ? null : ReferenceTarget.TypeOf(reference)) is var type
            && (type ?? ElementValues.Text(element, "type")) != wanted) return;
        if (element.TryGetProperty("identifier", out var identifier) && ElementValues.Text(identifier, "value") is { } value)
            sink.Token(parameter, ElementValues.Text(identifier, "system"), value);
        if (reference is null || ReferenceTarget.Parse(reference, baseUrl) is not { } target)
        {
            sink.Reference(parameter, Nowhere);
            return;
        }
        sink.Reference(parameter, target);
        // A reference to one version is found by its resource, and by that version.
        if (target.VersionIn(reference) is { } version) sink.Reference(parameter, version);
    }

    /// <summary>A canonical with a version is found with and without it, and by the whole of what it points into.</summary>
    private static void EmitCanonical(string parameter, string canonical, string baseUrl, IIndexSink sink)
    {
        if (canonical.StartsWith('#')) sink.Reference(parameter, Nowhere);
        if (ReferenceTarget.Parse(canonical, baseUrl) is not { } target) return;
        sink.Reference(parameter, target);
        var bar = canonical.IndexOf('|');
        if (bar > 0 && ReferenceTarget.Parse(canonical[..bar], baseUrl) is { } plain) sink.Reference(parameter, plain);
    }
}
