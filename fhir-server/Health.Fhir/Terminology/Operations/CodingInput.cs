using System.Text.Json;
using Health.Contracts;

namespace Health.Fhir.Terminology;

/// <summary>A code as it is asked about.</summary>
public sealed record CodingInput(string? System, string? Version, string Code, string? Display)
{
    /// <summary>From code/system/version/display, coding or codeableConcept (each of its codings).</summary>
    public static (IReadOnlyList<CodingInput>, Refusal?) Read(OperationInput input, string code = "code", string coding = "coding", string? concept = "codeableConcept", string system = "system")
    {
        if (input.Text(code) is { } text) return ([new CodingInput(input.Text(system), input.Text("version"), text, input.Text("display"))], null);
        if (input.Complex(coding) is { } one) return Of(one) is { } read ? ([read], null) : ([], Refusal.Invalid($"The {coding} has no code.", coding));
        if (concept is not null && input.Complex(concept) is { } many)
        {
            var codings = many.TryGetProperty("coding", out var list) ? list.EnumerateArray().Select(Of).OfType<CodingInput>().ToList() : [];
            return codings.Count > 0 ? (codings, null) : ([], Refusal.Invalid($"The {concept} has no coding with a code.", concept));
        }

        return ([], new Refusal(400, "required", $"The code is missing: send {code} (with {system}), {coding}{(concept is null ? "" : $" or {concept}")}.", code));
    }

    private static CodingInput? Of(JsonElement json) => CodeSystemContent.Text(json, "code") is { } code
        ? new CodingInput(CodeSystemContent.Text(json, "system"), CodeSystemContent.Text(json, "version"), code, CodeSystemContent.Text(json, "display")) : null;
}
