using System.Text.Json;

namespace Health.Fhir.Search;

/// <summary>http://hl7.org/fhir/R4/search.html#token. An element without code still counts as a value: <c>:missing</c> and <c>system|</c> ask for it.</summary>
public static class TokenValues
{
    public static void Emit(string parameter, ElementPath path, JsonElement element, IIndexSink sink)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.True: sink.Token(parameter, null, "true"); break;
            case JsonValueKind.False: sink.Token(parameter, null, "false"); break;
            case JsonValueKind.Number: sink.Token(parameter, null, element.GetRawText()); break;
            case JsonValueKind.String when element.GetString() is { Length: > 0 } text: sink.Token(parameter, path.ImpliedSystem, text); break;
            case JsonValueKind.Object: EmitObject(parameter, path.FhirType, element, sink); break;
            default: break;
        }
    }

    private static void EmitObject(string parameter, string type, JsonElement element, IIndexSink sink)
    {
        switch (type)
        {
            case "CodeableConcept": EmitConcept(parameter, element, sink); break;
            case "Coding": EmitPair(parameter, element, "system", "code", ElementValues.Text(element, "display"), sink); break;
            case "Identifier": EmitIdentifier(parameter, element, sink); break;
            // The use of a phone number is the system of its token (R4, table of token types).
            case "ContactPoint": EmitPair(parameter, element, "use", "value", null, sink); break;
            default: break;
        }
    }

    /// <summary>Every coding with its display, or with the text of the concept where it has none; the text alone where no coding carries it.</summary>
    private static void EmitConcept(string parameter, JsonElement concept, IIndexSink sink)
    {
        var text = ElementValues.Text(concept, "text");
        var carried = false;
        var any = false;
        if (concept.TryGetProperty("coding", out var codings) && codings.ValueKind == JsonValueKind.Array)
        {
            foreach (var coding in codings.EnumerateArray())
            {
                var shown = ElementValues.Text(coding, "display") ?? text;
                if (!EmitPair(parameter, coding, "system", "code", shown, sink)) continue;
                any = true;
                carried |= shown == text;
            }
        }
        if (text is null ? !any : !carried) sink.Token(parameter, null, "", text);
    }

    private static void EmitIdentifier(string parameter, JsonElement identifier, IIndexSink sink)
    {
        var hasType = identifier.TryGetProperty("type", out var type) && type.ValueKind == JsonValueKind.Object;
        EmitPair(parameter, identifier, "system", "value", hasType ? ElementValues.Text(type, "text") : null, sink);
        if (!hasType || ElementValues.Text(identifier, "value") is not { } value || !type.TryGetProperty("coding", out var codings) || codings.ValueKind != JsonValueKind.Array) return;
        foreach (var coding in codings.EnumerateArray())
            if (ElementValues.Text(coding, "code") is { } code) sink.TypedIdentifier(parameter, ElementValues.Text(coding, "system"), code, value);
    }

    private static bool EmitPair(string parameter, JsonElement element, string system, string code, string? text, IIndexSink sink)
    {
        if (element.ValueKind != JsonValueKind.Object) return false;
        sink.Token(parameter, ElementValues.Text(element, system), ElementValues.Text(element, code) ?? "", text);
        return true;
    }
}
