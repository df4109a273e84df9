using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Health.Contracts;
using Health.Fhir.Interactions;
using Health.Fhir.Records;
using Health.Fhir.Wire;
using Microsoft.AspNetCore.Routing;

namespace Health.Fhir.Operations;

/// <summary>
/// <c>$meta</c>, <c>$meta-add</c>, <c>$meta-delete</c> on a resource. http://hl7.org/fhir/R4/resource-operation-meta.html
/// A change of tags, profiles or security labels is a version like any other, since a past moment must show the labels of then.
/// </summary>
public static class Meta
{
    private const int MaxTries = 8;
    private static readonly string[] Lists = ["profile", "security", "tag"];
    private static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static void Map(IEndpointRouteBuilder fhir)
    {
        FhirDoor.Map(fhir, "/{type}/{id}/$meta", ["GET"], "$meta", Read);
        FhirDoor.Map(fhir, "/{type}/{id}/_history/{vid}/$meta", ["GET"], "$meta", Read);
        FhirDoor.Map(fhir, "/{type}/{id}/$meta-add", ["POST"], "$meta-add", (request, ct) => Change(request, "$meta-add", Add, ct));
        FhirDoor.Map(fhir, "/{type}/{id}/$meta-delete", ["POST"], "$meta-delete", (request, ct) => Change(request, "$meta-delete", Delete, ct));
    }

    private static async ValueTask<FhirAnswer> Read(FhirRequest request, CancellationToken ct)
    {
        if (OperationRequest.Unknown(request, "$meta") is { } unknown) return FhirAnswer.Of(unknown);
        var (record, _, refused) = await OperationRequest.Find(request, AccessKind.Read, request.Type!, "meta", ct);
        if (refused is not null) return refused;
        await request.RecordRead("meta", $"{request.Type}/{request.Id}/_history/{record!.Version}", record.ResidentId, ct);
        return Answer(JsonNode.Parse(record.Json!.Value.Span)!["meta"]!.AsObject());
    }

    private static async ValueTask<FhirAnswer> Change(FhirRequest request, string name, Func<JsonObject, JsonObject, bool> change, CancellationToken ct)
    {
        if (Sent(request) is not { } sent) return FhirAnswer.Of(Refusal.Invalid($"{name} takes a Parameters resource with one parameter 'meta' (valueMeta).", "Parameters.parameter"));
        for (var attempt = 1; ; attempt++)
        {
            var (record, filter, refused) = await OperationRequest.Find(request, AccessKind.Update, request.Type!, name[1..], ct);
            if (refused is not null) return refused;
            var resource = JsonNode.Parse(record!.Json!.Value.Span)!.AsObject();
            var meta = resource["meta"]!.AsObject();
            if (!change(meta, sent)) return Answer(meta);
            var json = JsonSerializer.SerializeToUtf8Bytes(resource, Readable);
            if (ResourceCheck.TryRead(json, request.Type, out _) is { Count: > 0 } issues) return FhirAnswer.Of(issues);
            var write = new UnitWrite(new RecordWrite(WriteKind.Put, request.Type!, request.Id!, json) { ExpectedVersion = record.Version }) { ResidentId = record.ResidentId, Interaction = name[1..] };
            var answer = await RestWrites.Commit(request with { Prefer = null }, RestWrites.Unit(request, filter, write), ct);
            // Without a version asked for, a lost race is run again on what won it.
            if (answer.Status == 412 && attempt < MaxTries) continue;
            return answer.IsRefused ? answer : Answer(JsonNode.Parse(answer.Body.Span)!["meta"]!.AsObject());
        }
    }

    private static JsonObject? Sent(FhirRequest request)
    {
        if (request.Body.IsEmpty || OperationParameters.Check(request.Body) is not null) return null;
        var parameters = JsonNode.Parse(request.Body.Span)?["parameter"] as JsonArray;
        return parameters?.Count == 1 && (string?)parameters[0]?["name"] == "meta" ? parameters[0]!["valueMeta"] as JsonObject : null;
    }

    private static bool Add(JsonObject meta, JsonObject sent)
    {
        var changed = false;
        foreach (var list in Lists)
            foreach (var item in sent[list] as JsonArray ?? [])
            {
                if (meta[list] is not JsonArray own) meta[list] = own = [];
                if (own.Any(each => Same(each, item))) continue;
                own.Add(item!.DeepClone());
                changed = true;
            }

        return changed;
    }

    private static bool Delete(JsonObject meta, JsonObject sent)
    {
        var changed = false;
        foreach (var list in Lists)
        {
            if (meta[list] is not JsonArray own) continue;
            foreach (var item in sent[list] as JsonArray ?? [])
                if (own.FirstOrDefault(each => Same(each, item)) is { } found) changed |= own.Remove(found);
            if (own.Count == 0) meta.Remove(list);
        }

        return changed;
    }

    /// <summary>A coding is the same by system and code, whatever its display.</summary>
    private static bool Same(JsonNode? one, JsonNode? other) => one is JsonObject a && other is JsonObject b
        ? (string?)a["system"] == (string?)b["system"] && (string?)a["code"] == (string?)b["code"]
        : JsonNode.DeepEquals(one, other);

    private static FhirAnswer Answer(JsonObject meta) => ParametersAnswer.Of(json =>
    {
        json.WriteStartObject();
        json.WriteString("name", "return");
        json.WritePropertyName("valueMeta");
        meta.WriteTo(json);
        json.WriteEndObject();
    });
}
