using System.Text.Json;

namespace Health.Fhir.Search;

/// <summary>http://hl7.org/fhir/R4/search.html#token</summary>
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
            case "CodeableConcept":
                if (!element.TryGetProperty("coding", out var codings) || codings.ValueKind != JsonValueKind.Array) return;
                foreach (var coding in codings.EnumerateArray()) EmitPair(parameter, coding, "system", "code", sink);
                break;
            case "Coding": EmitPair(parameter, element, "system", "code", sink); break;
            case "Identifier": EmitPair(parameter, element, "system", "value", sink); break;
            // The use of a phone number is the system of its token (R4, table of token types).
            case "ContactPoint": EmitPair(parameter, element, "use", "value", sink); break;
            default: break;
        }
    }

    private static void EmitPair(string parameter, JsonElement element, string system, string code, IIndexSink sink)
    {
        if (ElementValues.Text(element, code) is { } value) sink.Token(parameter, ElementValues.Text(element, system), value);
    }
}
