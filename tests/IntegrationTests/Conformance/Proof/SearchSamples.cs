using System.Text.RegularExpressions;
using Hl7.Fhir.FhirPath;
using Hl7.Fhir.Model;
using Hl7.Fhir.Serialization;

namespace Health.IntegrationTests.Conformance.Proof;

/// <summary>A value that a search for the instance takes, and one it must not be found by.</summary>
internal sealed record SearchSample(string Hit, string Miss);

/// <summary>
/// Values of search parameters as the SDK's own FHIRPath finds them in an instance, by the SDK's own list of the standard's parameters: not
/// by what the server extracts.
/// </summary>
internal static partial class SearchSamples
{
    private static readonly FhirJsonDeserializer Deserializer = new(new DeserializerSettings().UsingMode(DeserializationMode.Recoverable));

    private static readonly Dictionary<string, string> OfEveryResource = new()
    {
        ["_id"] = "id", ["_tag"] = "meta.tag", ["_profile"] = "meta.profile", ["_security"] = "meta.security", ["_source"] = "meta.source", ["_lastUpdated"] = "meta.lastUpdated",
    };

    public static SearchParamDefinition? Definition(string type, string code) => ModelInfo.SearchParameters.FirstOrDefault(p => p.Resource == type && p.Name == code);

    public static Resource? Parse(string json) => Deserializer.TryDeserializeResource(json, out var model, out _) ? model : null;

    /// <summary>null where the instance has no value of the parameter.</summary>
    public static SearchSample? Of(Resource instance, string type, string code, string kind)
    {
        if (code is "_text" or "_content") return instance is DomainResource { Text: not null } ? new("ballad", "sonnet") : null;
        if (kind == "composite") return Composite(instance, Definition(type, code));
        var expression = OfEveryResource.GetValueOrDefault(code) ?? Definition(type, code)?.Expression;
        if (expression is null) return null;
        return Select(instance, expression).Select(value => Sample(value, kind, code)).FirstOrDefault(sample => sample is not null);
    }

    private static SearchSample? Composite(Resource instance, SearchParamDefinition? definition)
    {
        if (definition?.Component is not { Length: > 0 } components) return null;
        foreach (var item in Select(instance, definition.Expression!))
        {
            var parts = components.Select(part => Select(item, part.Expression!).Select(value => Sample(value, KindOf(part.Definition!), "")).FirstOrDefault(sample => sample is not null)).ToList();
            if (parts.TrueForAll(part => part is not null))
                return new(string.Join('$', parts.Select(part => part!.Hit)), string.Join('$', parts.Select((part, i) => i == 0 ? part!.Miss : part!.Hit)));
        }

        return null;
    }

    private static string KindOf(string canonical) => $"{ModelInfo.SearchParameters.First(p => p.Url == canonical).Type}".ToLowerInvariant();

    private static IEnumerable<Base> Select(Base on, string expression)
    {
        var target = Resolved().Match(expression) is { Success: true } found ? found.Groups[1].Value : null;
        foreach (var value in on.Select(Resolved().Replace(expression, "")).OfType<Base>())
            if (target is null || value is not ResourceReference reference || reference.Reference?.StartsWith(target + "/", StringComparison.Ordinal) == true) yield return value;
    }

    private static SearchSample? Sample(Base value, string kind, string code) => (kind, value) switch
    {
        ("token", Coding coding) => Token(coding.System, coding.Code),
        ("token", CodeableConcept concept) => concept.Coding.Count == 0 ? null : Token(concept.Coding[0].System, concept.Coding[0].Code),
        ("token", Identifier identifier) => Token(identifier.System, identifier.Value),
        ("token", ContactPoint contact) => Token(null, contact.Value),
        ("token", PrimitiveType primitive) => Token(null, primitive is FhirBoolean flag ? flag.Value == true ? "true" : "false" : primitive.ToString()),
        ("string", HumanName name) => String(name.Family ?? name.Text),
        ("string", Address address) => String(address.City ?? address.Text),
        ("string", PrimitiveType primitive) => String(primitive.ToString()),
        ("date", Period period) => period.Start is null ? null : new("ge" + period.Start, "gt2101-01-01"),
        ("date", Timing timing) => timing.EventElement.Count == 0 ? null : new("ge" + timing.EventElement[0], "gt2101-01-01"),
        ("date", Instant) when code == "_lastUpdated" => new("gt2001-01-01", "lt2001-01-01"),
        ("date", Date or FhirDateTime or Instant) => new(value.ToString()!, "1801-02-03"),
        ("number", PrimitiveType primitive) => new(primitive.ToString()!, "987654"),
        ("number", Hl7.Fhir.Model.Range range) => range.Low?.Value is null ? null : new("ge" + range.Low.Value, "gt987654"),
        ("quantity", Quantity quantity) => new($"{quantity.Value}|{quantity.System}|{quantity.Code}", $"987654|{quantity.System}|{quantity.Code}"),
        ("quantity", Money money) => new($"{money.Value}|urn:iso:std:iso:4217|{money.Currency}", $"987654|urn:iso:std:iso:4217|{money.Currency}"),
        ("quantity", Hl7.Fhir.Model.Range range) => range.Low?.Value is null ? null : new("ge" + range.Low.Value, "gt987654"),
        ("reference", ResourceReference { Reference: { } reference }) => new(reference, reference.Split('/')[0] + "/nobody"),
        ("reference" or "uri", FhirUri or Canonical or FhirUrl or Oid or Uuid) => new(value.ToString()!, value + "/other"),
        ("special", Location.PositionComponent position) => new($"{position.Latitude}|{position.Longitude}|5|km", "-80|10|5|km"),
        _ => null,
    };

    private static SearchSample? Token(string? system, string? code) => code is null ? null : code is "true" or "false"
        ? new(code, code == "true" ? "false" : "true")
        : system is null ? new(Escape(code), Escape(code) + "-other") : new($"{Escape(system)}|{Escape(code)}", $"{Escape(system)}|{Escape(code)}-other");

    private static SearchSample? String(string? text) => text is null ? null : new(Escape(text), "zzqqzz");

    private static string Escape(string text) => text.Replace("\\", "\\\\").Replace(",", "\\,").Replace("|", "\\|").Replace("$", "\\$");

    /// <summary>A value of the right form, where no instance has one.</summary>
    public static string Form(string code, string kind, SearchParamDefinition? definition) => kind switch
    {
        "composite" => string.Join('$', (definition?.Component ?? []).Select(part => Form("", KindOf(part.Definition!), null))),
        "date" => "2024-03-01",
        "number" => "5",
        "quantity" => "5||kg",
        "reference" => "Patient/nobody",
        "uri" => "http://proof.example/none",
        "special" => "31.46|104.75|5|km",
        _ => "word",
    };

    [GeneratedRegex(@"\.where\(resolve\(\) is (\w+)\)")]
    private static partial Regex Resolved();
}
