using System.Text.Json;
using Health.Contracts;
using Health.Fhir.Records;
using Health.Fhir.Wire;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Health.Fhir.Bulk;

/// <summary>
/// Kick-off of <c>$import</c>, for operators: newline-delimited JSON as the body itself, or a list of inputs to fetch, as Parameters or as a
/// bulk-import manifest (https://github.com/smart-on-fhir/bulk-import). Ids are kept: each line is an update.
/// </summary>
public sealed class ImportDoor(BulkDoor jobs, Spool spool, ImportSource sources, FhirServices services)
{
    private const int MostInputs = 200, MaxManifestBytes = 1 << 20;
    private static readonly string[] Lines = ["application/fhir+ndjson", "application/ndjson", "application/x-ndjson"];

    public async Task Handle(HttpContext http)
    {
        var ct = http.RequestAborted;
        try
        {
            await FhirAnswerWriter.Write(http, await Answer(http, ct), ct);
        }
        catch (BulkFaultException e)
        {
            await BulkDoor.Refuse(http, Refusal.TooCostly(e.Message));
        }
        catch (BadHttpRequestException e)
        {
            await BulkDoor.Refuse(http, new Refusal(e.StatusCode, "invalid", e.Message));
        }
    }

    private async Task<FhirAnswer> Answer(HttpContext http, CancellationToken ct)
    {
        var sent = (http.Request.ContentType ?? "").Split(';')[0].Trim().ToLowerInvariant();
        var isLines = Lines.Contains(sent);
        if (!isLines && sent is not ("application/fhir+json" or "application/json"))
            return FhirAnswer.Of(new Refusal(415, "not-supported", $"$import takes {Lines[0]}, or a list of inputs as application/fhir+json; not '{sent}'."));
        if (Caller.From(http.User, http.TraceIdentifier, PurposeOfUse.HOPERAT) is not { } caller) return FhirAnswer.Of(new Refusal(401, "login", "An access token is needed: Authorization: Bearer …"));
        var baseUrl = $"{http.Request.Scheme}://{http.Request.Host}/fhir";
        var request = new FhirRequest(services, caller, baseUrl, "POST", null, null, http.Request.QueryString.Value is { Length: > 1 } query ? query[1..] : "", default) { Http = http };
        if (!caller.Roles.Contains("operator"))
        {
            var refusal = Refusal.Forbidden($"{caller.ClientId} may not import: that is an operator's business.");
            await request.RecordRefusal("E", "import", null, refusal, ct);
            return FhirAnswer.Of(refusal);
        }

        var id = BulkTable.NewId();
        IReadOnlyList<BulkInput> inputs;
        if (isLines)
        {
            if (request.Parameters.Keys.FirstOrDefault(name => name is not ("_format" or "type")) is { } unknown) return FhirAnswer.Of(Refusal.NotSupported($"The parameter '{unknown}' is not known to $import.", unknown));
            http.Features.Get<IHttpMaxRequestBodySizeFeature>()!.MaxRequestBodySize = null;
            await spool.Write(id, 0, http.Request.Body, ct);
            inputs = [new BulkInput(request.Parameter("type"), null)];
        }
        else
        {
            using var body = new MemoryStream();
            await http.Request.BodyReader.CopyToAsync(body, ct);
            if (body.Length > MaxManifestBytes) return FhirAnswer.Of(Refusal.TooCostly($"A list of inputs has at most {MaxManifestBytes} bytes."));
            if (TryRead(body.ToArray(), out inputs) is { } refusal) return FhirAnswer.Of(refusal);
        }

        await request.RecordRead("import", $"$import-status/{id}", null, ct, string.Join(' ', inputs.Select(input => input.Url ?? "body")), "E");
        var answer = await jobs.Accept(request, id, "import", new BulkRequest($"{baseUrl}/$import", baseUrl, caller) { Inputs = inputs }, ct);
        if (answer.IsRefused) spool.Remove(id);
        return answer;
    }

    private Refusal? TryRead(byte[] body, out IReadOnlyList<BulkInput> inputs)
    {
        inputs = [];
        if (ResourceScan.TryRead(body, out var scan) is { } malformed) return malformed;
        using var document = JsonDocument.Parse(body);
        var root = document.RootElement;
        List<BulkInput> read = [];
        if (scan.ResourceType == "Parameters")
        {
            foreach (var parameter in OperationParameters.All(root).Where(parameter => Text(parameter, "name") == "input"))
                if (parameter.TryGetProperty("part", out var parts) && parts.ValueKind == JsonValueKind.Array) read.Add(new BulkInput(Part(parts, "type"), Part(parts, "url")));
        }
        else if ((root.TryGetProperty("input", out var list) || root.TryGetProperty("inputs", out list)) && list.ValueKind == JsonValueKind.Array)
        {
            foreach (var item in list.EnumerateArray()) read.Add(new BulkInput(Text(item, "type"), Text(item, "url")));
        }

        if (read.Count is 0 or > MostInputs) return Refusal.Invalid($"The list names 1 to {MostInputs} inputs, each with type and url.", "input");
        for (var i = 0; i < read.Count; i++)
        {
            if (read[i].Type is { } type && !ResourceTypes.IsKnown(type)) return Refusal.Invalid($"{type} is no resource type of FHIR R4.", $"input[{i}].type");
            if (sources.Check(read[i].Url) is { } refusal) return refusal with { Expression = $"input[{i}].url" };
        }

        inputs = read;
        return null;
    }

    private static string? Part(JsonElement parts, string name)
    {
        foreach (var part in parts.EnumerateArray())
            if (Text(part, "name") == name)
                foreach (var member in part.EnumerateObject())
                    if (member.Name.StartsWith("value", StringComparison.Ordinal) && member.Value.ValueKind == JsonValueKind.String) return member.Value.GetString();
        return null;
    }

    private static string? Text(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
