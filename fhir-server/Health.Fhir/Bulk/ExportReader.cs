using System.Globalization;
using Health.Contracts;
using Health.Fhir.Search;
using Health.Fhir.Wire;

namespace Health.Fhir.Bulk;

/// <summary>Reads the parameters of <c>$export</c>, from the address or a Parameters body. https://hl7.org/fhir/uv/bulkdata/STU2/export.html</summary>
public static class ExportReader
{
    private static readonly string[] Known = ["_outputFormat", "_since", "_type", "_elements", "_typeFilter", "_format", "_pretty"];
    private static readonly string[] Formats = ["application/fhir+ndjson", "application/ndjson", "ndjson"];

    public static Refusal? TryRead(FhirRequest request, string level, out BulkRequest read)
    {
        var query = request.Query.Length == 0 ? "" : "?" + request.Query;
        read = new BulkRequest($"{request.BaseUrl}/{(level == "system" ? "" : level == "Group" ? $"Group/{request.Id}/" : level + "/")}$export{query}", request.BaseUrl, request.Caller) { Level = level, GroupId = request.Id };
        if (OperationParameters.Check(request.Body) is { } malformed) return malformed;
        foreach (var name in request.Parameters.Keys.Concat(OperationParameters.NamesOf(request.Body)))
            if (!Known.Contains(name)) return Refusal.NotSupported($"The parameter '{name}' is not supported by $export. Supported: {string.Join(", ", Known)}.", name);
        if (Values(request, "_outputFormat") is [var format, ..] && !Formats.Contains(format.Replace(' ', '+')))
            return Refusal.NotSupported($"'{format}' cannot be exported; supported: {Formats[0]}.", "_outputFormat");
        if (Values(request, "_since") is [var since, ..])
        {
            if (!Instants.TryRead(since, request.Services.Zone, out var instant))
                return Refusal.Invalid($"_since is an instant such as 2026-01-01T08:00:00+08:00, not '{since}'.", "_since");
            read = read with { Since = instant };
        }

        List<string> types = [.. Values(request, "_type").SelectMany(Split).Distinct()];
        if (types.Find(type => !FhirDefinitions.R4.ResourceTypes.Contains(type)) is { } unknown) return Refusal.Invalid($"{unknown} is not a resource type.", "_type");
        List<string> filters = Values(request, "_typeFilter");
        foreach (var filter in filters)
            if (CheckFilter(request, filter, types) is { } refusal) return refusal;
        read = read with { Types = types, Filters = filters, Elements = [.. Values(request, "_elements").SelectMany(Split)] };
        return null;
    }

    private static Refusal? CheckFilter(FhirRequest request, string filter, List<string> types)
    {
        var mark = filter.IndexOf('?');
        if (mark < 1) return Refusal.Invalid("A _typeFilter is written Type?query.", "_typeFilter");
        if (types.Count > 0 && !types.Contains(filter[..mark])) return Refusal.Invalid($"_typeFilter names {filter[..mark]}, which _type does not.", "_typeFilter");
        if (request.Services.Search.TryRead(filter[..mark], filter[(mark + 1)..], out var query) is { } refusal) return refusal with { Expression = "_typeFilter" };
        return query is { Sort.Count: 0, Includes.Count: 0, Elements.Count: 0, AsOf: null, Page: null, IsCountOnly: false }
            ? null
            : Refusal.Invalid("A _typeFilter holds search parameters only, none that shape a result.", "_typeFilter");
    }

    private static List<string> Values(FhirRequest request, string name) =>
        [.. request.Parameters.TryGetValue(name, out var given) ? given.OfType<string>() : [], .. OperationParameters.Of(request.Body, name)];

    private static string[] Split(string text) => text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
