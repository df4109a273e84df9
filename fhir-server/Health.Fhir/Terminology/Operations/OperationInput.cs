using System.Text.Json;
using Health.Contracts;
using Health.Fhir.Records;
using Health.Fhir.Wire;

namespace Health.Fhir.Terminology;

/// <summary>The in-parameters of an operation: of the query string, or of a Parameters body. http://hl7.org/fhir/R4/operations.html#request</summary>
public sealed class OperationInput
{
    private static readonly string[] Everywhere = ["_format", "_pretty", "_summary", "_elements"];
    private readonly Dictionary<string, List<JsonElement>> values = [];

    private OperationInput()
    {
    }

    /// <param name="known">Parameters the operation takes; another one is refused, never ignored.</param>
    /// <param name="resource">Name of the parameter that a bare resource in the body stands for; null where only Parameters may come.</param>
    public static (OperationInput?, Refusal?) Read(FhirRequest request, IReadOnlyCollection<string> known, string? resource = null)
    {
        var input = new OperationInput();
        foreach (var (name, texts) in request.Parameters)
            foreach (var text in texts) input.Add(name, JsonSerializer.SerializeToElement(text));
        if (!request.Body.IsEmpty)
        {
            if (ResourceScan.TryRead(request.Body.Span, out var scan) is { } broken) return (null, broken);
            using var json = JsonDocument.Parse(request.Body);
            var root = json.RootElement.Clone();
            if (scan.ResourceType != "Parameters" && resource is not null) input.Add(resource, root);
            else if (scan.ResourceType != "Parameters") return (null, Refusal.Invalid($"The body is a {scan.ResourceType ?? "JSON object"}; this operation takes Parameters.", "resourceType"));
            else if (input.Take(root) is { } refusal) return (null, refusal);
        }

        foreach (var name in input.values.Keys)
            if (!known.Contains(name) && !Everywhere.Contains(name)) return (null, Refusal.NotSupported($"The parameter '{name}' is not known here. Known: {string.Join(", ", known.Order(StringComparer.Ordinal))}.", name));
        return (input, null);
    }

    public string? Text(string name) => values.TryGetValue(name, out var list) && list[^1] is { ValueKind: not (JsonValueKind.Object or JsonValueKind.Array) } value ? Plain(value) : null;

    public IReadOnlyList<string> Texts(string name) => values.TryGetValue(name, out var list) ? [.. list.Where(value => value.ValueKind is not (JsonValueKind.Object or JsonValueKind.Array)).Select(Plain)] : [];

    public bool Flag(string name, bool otherwise = false) => Text(name) is { } text ? text == "true" : otherwise;

    public JsonElement? Complex(string name) => values.TryGetValue(name, out var list) && list[^1].ValueKind == JsonValueKind.Object ? list[^1] : null;

    /// <summary>A whole number from 0; the refusal says what is wrong.</summary>
    public (int? Number, Refusal? Refusal) Count(string name) => Text(name) is not { } text ? (null, null)
        : int.TryParse(text, out var number) && number >= 0 ? (number, null) : (null, Refusal.Invalid($"{name} is a whole number from 0, not '{text}'.", name));

    /// <summary>The day a question is about.</summary>
    public (DateOnly? Day, Refusal? Refusal) Day(string name) => Text(name) is not { } text ? (null, null)
        : text.Length >= 10 && DateOnly.TryParseExact(text.AsSpan(0, 10), "yyyy-MM-dd", out var day) ? (day, null) : (null, Refusal.Invalid($"{name} is a date such as 2015-06-01, not '{text}'.", name));

    private void Add(string name, JsonElement value)
    {
        if (!values.TryGetValue(name, out var list)) values[name] = list = [];
        list.Add(value);
    }

    private Refusal? Take(JsonElement root)
    {
        if (!root.TryGetProperty("parameter", out var parameters)) return null;
        if (parameters.ValueKind != JsonValueKind.Array) return Refusal.Invalid("Parameters.parameter is an array.", "Parameters.parameter");
        var place = 0;
        foreach (var parameter in parameters.EnumerateArray())
        {
            var at = $"Parameters.parameter[{place++}]";
            if (CodeSystemContent.Text(parameter, "name") is not { } name) return Refusal.Invalid("A parameter has a name.", at);
            var members = parameter.EnumerateObject().Where(member => member.Name == "resource" || member.Name.StartsWith("value", StringComparison.Ordinal)).ToList();
            if (members.Count != 1) return Refusal.Invalid($"The parameter '{name}' has one value[x] or one resource.", at);
            Add(name, members[0].Value);
        }

        return null;
    }

    private static string Plain(JsonElement value) => value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();
}
