using Health.Contracts;
using Health.Fhir.Records;
using Health.Fhir.Wire;
using Microsoft.AspNetCore.Routing;

namespace Health.Fhir.Interactions;

/// <summary>
/// patch by JSON Patch (application/json-patch+json, RFC 6902) or JSON merge patch (application/merge-patch+json, RFC 7396).
/// http://hl7.org/fhir/R4/http.html#patch. The result is checked like an update. Without If-Match a patch that lost a race is applied again.
/// </summary>
public static class Patch
{
    private const int MaxTries = 8;

    public static void Map(IEndpointRouteBuilder fhir) => FhirDoor.Map(fhir, "/{type}/{id}", ["PATCH"], "patch", Handle);

    public static async ValueTask<FhirAnswer> Handle(FhirRequest request, CancellationToken ct)
    {
        var (filter, denied) = await request.Authorise(AccessKind.Update, request.Type!, ct);
        if (denied is not null) return FhirAnswer.Of(denied);
        var (expected, malformed) = RestWrites.Expected(request);
        if (malformed is not null) return FhirAnswer.Of(malformed);
        for (var attempt = 1; ; attempt++)
        {
            var answer = await Once(request, filter, expected, ct);
            if (answer.Status != 412 || expected is not null || attempt == MaxTries) return answer;
        }
    }

    private static async ValueTask<FhirAnswer> Once(FhirRequest request, AccessFilter filter, long? expected, CancellationToken ct)
    {
        var (type, id) = (request.Type!, request.Id!);
        if (await request.Services.Records.Find(type, id, filter, ct) is not { } stored) return FhirAnswer.Of(Refusal.NotFound($"{type}/{id} is not known."));
        if (stored.Deleted || stored.Json is not { } json) return FhirAnswer.Of(Refusal.Gone($"{type}/{id} was deleted."));
        if (expected is { } version && version != stored.Version) return FhirAnswer.Of(Refusal.VersionConflict($"{type}/{id} is at version {stored.Version}; version {version} was expected."));
        var (patched, refusal) = Apply(request, json.Span);
        if (refusal is not null) return FhirAnswer.Of(refusal);
        if (ResourceCheck.TryRead(patched, type, out var scan) is { Count: > 0 } issues) return FhirAnswer.Of(issues);
        if (scan.Id != id) return FhirAnswer.Of(Refusal.Unprocessable("A patch cannot change the id.", $"{type}.id"));
        if (type is "Subscription" or "SearchParameter" && request.Services.Admission(type) is { } admit)
        {
            (var admitted, refusal) = await admit(request, id, patched, ct);
            if (refusal is not null) return FhirAnswer.Of(refusal);
            patched = admitted.ToArray();
        }

        var write = new UnitWrite(new RecordWrite(WriteKind.Put, type, id, patched) { ExpectedVersion = stored.Version })
        {
            ResidentId = await ResidentResolution.Of(request, type, id, patched, null, ct),
            Interaction = "patch",
        };
        return await RestWrites.Commit(request, RestWrites.Unit(request, filter, write), ct);
    }

    private static (byte[], Refusal?) Apply(FhirRequest request, ReadOnlySpan<byte> stored)
    {
        switch ((request.ContentType ?? "").Split(';')[0].Trim().ToLowerInvariant())
        {
            case "application/json-patch+json":
                return JsonPatch.Apply(stored, request.Body.Span);
            case "application/merge-patch+json":
                return ResourceScan.TryRead(request.Body.Span, out _) is { } refusal ? ([], refusal) : (MergePatch.Apply(stored, request.Body.Span), null);
            default:
                return ([], new Refusal(415, "not-supported", "A patch is application/json-patch+json or application/merge-patch+json."));
        }
    }
}
