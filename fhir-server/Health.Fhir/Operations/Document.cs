using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Health.Contracts;
using Health.Fhir.Interactions;
using Health.Fhir.Records;
using Health.Fhir.Search;
using Health.Fhir.Wire;
using Microsoft.AspNetCore.Routing;

namespace Health.Fhir.Operations;

/// <summary>
/// <c>Composition/ID/$document</c>: the document of a Composition with all it refers to. http://hl7.org/fhir/R4/composition-operation-document.html
/// What the caller may not see stays out; with <c>persist=true</c> the Bundle is stored as well.
/// </summary>
public static class Document
{
    private const int MostResources = 2000;

    public static void Map(IEndpointRouteBuilder fhir) =>
        FhirDoor.Map(fhir, "/Composition/{id}/$document", ["GET", "POST"], "$document", Handle);

    private static async ValueTask<FhirAnswer> Handle(FhirRequest request, CancellationToken ct)
    {
        if (OperationRequest.Unknown(request, "$document", "persist") is { } unknown) return FhirAnswer.Of(unknown);
        if (OperationRequest.Parameter(request, "persist") is not (null or "true" or "false") and var odd) return FhirAnswer.Of(Refusal.Invalid($"persist is true or false, not '{odd}'.", "persist"));
        var (composition, _, refused) = await OperationRequest.Find(request, AccessKind.Read, "Composition", "document", ct);
        if (refused is not null) return refused;
        var (resources, tooMany) = await Collect(request, composition!, ct);
        if (tooMany is not null) return FhirAnswer.Of(tooMany);
        await SearchAudit.Record(request, "document", $"Composition/{request.Id}", resources.Select(record => new SearchHit(record.Rid, record.ResourceType, record.Id, record.Sequence, record.ResidentId, false)), request.Query, ct);
        var now = request.Services.Time.GetUtcNow();
        var id = Guid.CreateVersion7(now).ToString();
        var bundle = Write(request, id, now, [.. resources.Select(record => ($"{request.BaseUrl}/{record.ResourceType}/{record.Id}", record.Json!.Value))]);
        return OperationRequest.Parameter(request, "persist") == "true" ? await Persist(request, id, bundle, composition!.ResidentId, ct) : new FhirAnswer(200) { Body = bundle };
    }

    /// <summary>A document Bundle of resources that are JSON already; the Composition first. http://hl7.org/fhir/R4/documents.html</summary>
    public static byte[] Write(FhirRequest request, string id, DateTimeOffset now, IReadOnlyList<(string FullUrl, ReadOnlyMemory<byte> Json)> entries)
    {
        var buffer = new ArrayBufferWriter<byte>(16 * 1024);
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true }))
        {
            json.WriteStartObject();
            json.WriteString("resourceType", "Bundle");
            json.WriteString("id", id);
            json.WriteStartObject("identifier");
            json.WriteString("system", "urn:ietf:rfc:3986");
            json.WriteString("value", $"urn:uuid:{id}");
            json.WriteEndObject();
            json.WriteString("type", "document");
            json.WriteString("timestamp", ResourceBytes.Instant(now));
            json.WriteStartArray("entry");
            foreach (var (url, body) in entries)
            {
                json.WriteStartObject();
                json.WriteString("fullUrl", url);
                json.WritePropertyName("resource");
                json.WriteRawValue(body.Span, skipInputValidation: true);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    private static async ValueTask<(List<StoredRecord>, Refusal?)> Collect(FhirRequest request, StoredRecord composition, CancellationToken ct)
    {
        List<StoredRecord> found = [composition];
        HashSet<string> known = [$"Composition/{composition.Id}"];
        var filters = new Dictionary<string, AccessFilter>();
        // What the Composition names, and what that names in turn: lists of results lead to the results.
        for (var i = 0; i < found.Count; i++)
        {
            using var document = JsonDocument.Parse(found[i].Json!.Value);
            foreach (var reference in References(document.RootElement))
            {
                if (ReferenceTarget.Parse(reference, request.BaseUrl) is not { IsLocal: true } target || !known.Add($"{target.Type}/{target.Id}")) continue;
                if (known.Count > MostResources) return ([], Refusal.TooCostly($"The document would hold more than {MostResources} resources."));
                if (!filters.TryGetValue(target.Type, out var filter)) filters[target.Type] = filter = await request.VisibleToCaller(target.Type, ct);
                if (await request.Services.Records.Find(target.Type, target.Id, filter, ct) is { Deleted: false, Json: { IsEmpty: false } } record) found.Add(record);
            }
        }

        return (found, null);
    }

    private static IEnumerable<string> References(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Array => element.EnumerateArray().SelectMany(References),
        JsonValueKind.Object => element.EnumerateObject().SelectMany(member => member.NameEquals("reference") && member.Value.ValueKind == JsonValueKind.String ? [member.Value.GetString()!] : References(member.Value)),
        _ => [],
    };

    private static async ValueTask<FhirAnswer> Persist(FhirRequest request, string id, byte[] bundle, string? resident, CancellationToken ct)
    {
        var (filter, denied) = await request.Authorise(AccessKind.Create, "Bundle", ct);
        if (denied is not null) return FhirAnswer.Of(denied);
        var write = new UnitWrite(new RecordWrite(WriteKind.Create, "Bundle", id, bundle)) { ResidentId = resident, Interaction = "document" };
        var answer = await RestWrites.Commit(request, RestWrites.Unit(request, filter, write), ct);
        return answer.IsRefused ? answer : answer with { Status = 200 };
    }
}
