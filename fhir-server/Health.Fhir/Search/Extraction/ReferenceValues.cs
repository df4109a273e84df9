using System.Text.Json;

namespace Health.Fhir.Search;

/// <summary>http://hl7.org/fhir/R4/search.html#reference; the identifier of a logical reference is a token of the same parameter.</summary>
public static class ReferenceValues
{
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
        {
            sink.Token(parameter, ElementValues.Text(identifier, "system"), value);
            if (reference is null) sink.Reference(parameter, new ReferenceTarget("", ""));
        }
        if (reference is not null && ReferenceTarget.Parse(reference, baseUrl) is { } target) sink.Reference(parameter, target);
    }

    /// <summary>A canonical with a version is found with and without it.</summary>
    private static void EmitCanonical(string parameter, string canonical, string baseUrl, IIndexSink sink)
    {
        if (ReferenceTarget.Parse(canonical, baseUrl) is not { } target) return;
        sink.Reference(parameter, target);
        var bar = canonical.IndexOf('|');
        if (bar > 0) sink.Reference(parameter, target with { Id = canonical[..bar] });
    }
}
