using System.Text.Json;
using Health.Contracts;
using Health.Fhir.Records;
using Health.Fhir.Wire;
using Microsoft.AspNetCore.Routing;

namespace Health.Fhir.Terminology;

/// <summary>
/// ValueSet/$expand: the codes of a value set, filtered and in pages. http://hl7.org/fhir/R4/valueset-operation-expand.html
/// A set that cannot be enumerated is a 422 that says why; one that is not known a 404.
/// </summary>
public static class Expand
{
    private const int MaxWithoutCount = 10_000;
    private static readonly string[] Known =
    [
        "url", "valueSet", "valueSetVersion", "filter", "date", "offset", "count", "includeDesignations", "includeDefinition", "activeOnly", "excludeNested", "excludeNotForUI", "excludePostCoordinated", "displayLanguage",
    ];

    public static void Map(IEndpointRouteBuilder fhir) => TerminologyDoor.Map(fhir, "ValueSet", "expand", true, Run);

    /// <summary>The value set an operation is about: of the address, in the body, or by its url.</summary>
    internal static (JsonElement?, Refusal?) Find(TerminologyCall call, OperationInput input)
    {
        if ((call.Own ?? input.Complex("valueSet")) is { } given)
            return CodeSystemContent.Text(given, "resourceType") == "ValueSet" ? (given, null) : (null, Refusal.Invalid("The parameter valueSet is a ValueSet.", "valueSet"));
        if (input.Text("url") is not { } url) return (null, new Refusal(400, "required", "The value set is missing: send url or valueSet, or name it in the address.", "url"));
        var canonical = input.Text("valueSetVersion") is { } version && !url.Contains('|') ? $"{url}|{version}" : url;
        return call.Library.ValueSet(canonical) is { } known ? (known, null) : (null, new Refusal(404, "not-found", $"The value set {canonical} is not known here.", "url"));
    }

    private static FhirAnswer Run(TerminologyCall call)
    {
        var (input, refusal) = OperationInput.Read(call.Request, Known);
        if (refusal is not null) return FhirAnswer.Of(refusal);
        var (valueSet, unknown) = Find(call, input!);
        var (offset, badOffset) = input!.Count("offset");
        var (count, badCount) = input.Count("count");
        var (day, badDay) = input.Day("date");
        if ((unknown ?? badOffset ?? badCount ?? badDay) is { } wrong) return FhirAnswer.Of(wrong);
        var (codes, why) = call.Library.Expander.Expand(valueSet!.Value);
        if (codes is null) return FhirAnswer.Of(new Refusal(why!.Code == "not-found" ? 404 : 422, why.Code, why.Reason, "url"));
        var language = input.Text("displayLanguage");
        IEnumerable<ExpandedCode> kept = codes;
        if (day is { } at) kept = kept.Where(code => code.Concept?.IsValidOn(at) != false);
        if (input.Flag("activeOnly")) kept = kept.Where(code => code.Concept?.IsInactive != true);
        if (input.Text("filter") is { Length: > 0 } filter) kept = kept.Where(code => Matches(code, filter.Split(' ', StringSplitOptions.RemoveEmptyEntries)));
        var all = kept.ToList();
        if (count is null && all.Count > MaxWithoutCount) return FhirAnswer.Of(new Refusal(422, "too-costly", $"The expansion has {all.Count} codes: ask for pages with count and offset.", "count"));
        var page = all.Skip(offset ?? 0).Take(count ?? int.MaxValue).ToList();
        return new FhirAnswer(200) { Body = Write(valueSet.Value, all.Count, page, input, call.Request.Services.Time.GetUtcNow(), language) };
    }

    /// <summary>Every word of the filter begins or stands in the code, the display or a designation.</summary>
    private static bool Matches(ExpandedCode code, string[] words) => words.All(word =>
        code.Code.StartsWith(word, StringComparison.OrdinalIgnoreCase) || code.Display?.Contains(word, StringComparison.OrdinalIgnoreCase) == true
        || (code.Concept?.Designations ?? []).Concat(code.Designations).Any(designation => designation.Value.Contains(word, StringComparison.OrdinalIgnoreCase)));

    private static byte[] Write(JsonElement valueSet, int total, List<ExpandedCode> page, OperationInput input, DateTimeOffset now, string? language) => ParametersWriter.Resource("ValueSet", json =>
    {
        foreach (var name in (string[])["id", "url", "version", "name", "title", "status", "experimental", "date"])
            if (valueSet.TryGetProperty(name, out var value)) { json.WritePropertyName(name); value.WriteTo(json); }
        if (!valueSet.TryGetProperty("status", out _)) json.WriteString("status", "active");
        json.WriteStartObject("expansion");
        json.WriteString("identifier", $"urn:uuid:{Guid.CreateVersion7(now)}");
        json.WriteString("timestamp", ResourceBytes.Instant(now));
        json.WriteNumber("total", total);
        if (input.Count("offset").Number is { } offset) json.WriteNumber("offset", offset);
        Parameters(json, input);
        if (page.Count > 0)
        {
            json.WriteStartArray("contains");
            foreach (var code in page) Write(json, code, language, input.Flag("includeDesignations"));
            json.WriteEndArray();
        }

        json.WriteEndObject();
    });

    private static void Parameters(Utf8JsonWriter json, OperationInput input)
    {
        var named = Known.Where(name => name is not ("url" or "valueSet") && input.Text(name) is not null).ToList();
        if (named.Count == 0) return;
        json.WriteStartArray("parameter");
        foreach (var name in named)
        {
            json.WriteStartObject();
            json.WriteString("name", name);
            json.WriteString("valueString", input.Text(name));
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter json, ExpandedCode code, string? language, bool withDesignations)
    {
        json.WriteStartObject();
        json.WriteString("system", code.System);
        if (code.Concept?.IsInactive == true) json.WriteBoolean("inactive", true);
        if (code.Version is not null) json.WriteString("version", code.Version);
        json.WriteString("code", code.Code);
        if (code.DisplayIn(language) is { } display) json.WriteString("display", display);
        var designations = withDesignations ? code.Designations.Concat(code.Concept?.Designations ?? []).ToList() : [];
        if (designations.Count > 0)
        {
            json.WriteStartArray("designation");
            foreach (var designation in designations)
            {
                json.WriteStartObject();
                if (designation.Language is not null) json.WriteString("language", designation.Language);
                json.WriteString("value", designation.Value);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        json.WriteEndObject();
    }
}
