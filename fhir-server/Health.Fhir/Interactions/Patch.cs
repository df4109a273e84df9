using System.Text.Json;
using Health.Contracts;
using Health.Fhir.Records;
using Health.Fhir.Validation;
using Health.Fhir.Wire;
using Microsoft.AspNetCore.Routing;

namespace Health.Fhir.Interactions;

/// <summary>
/// patch and conditional patch by JSON Patch (application/json-patch+json, RFC 6902), JSON merge patch (application/merge-patch+json, RFC
/// 7396) or FHIRPath Patch (a Parameters resource, also in XML). http://hl7.org/fhir/R4/http.html#patch
/// The result is checked like an update. Without If-Match a patch that lost a race is applied again.
/// </summary>
public static class Patch
{
    private const int MaxTries = 8;

    public static void Map(IEndpointRouteBuilder fhir)
    {
        FhirDoor.Map(fhir, "/{type}/{id}", ["PATCH"], "patch", Handle);
        FhirDoor.Map(fhir, "/{type}", ["PATCH"], "patch", Handle);
    }

    public static async ValueTask<FhirAnswer> Handle(FhirRequest request, CancellationToken ct)
    {
        var (filter, denied) = await request.Authorise(AccessKind.Update, request.Type!, ct);
        if (denied is not null) return FhirAnswer.Of(denied);
        for (var attempt = 1; ; attempt++)
        {
            var (write, refusals) = await Prepare(request, filter, null, ct);
            if (write is null) return FhirAnswer.Of(refusals);
            var answer = await RestWrites.Commit(request, RestWrites.Unit(request, filter, write), ct);
            if (answer.Status != 412 || request.IfMatch is not null || attempt == MaxTries) return answer;
        }
    }

    /// <summary>The write of the patched resource: it is refused by the committer when the resource has moved on meanwhile.</summary>
    public static async ValueTask<(UnitWrite? Write, IReadOnlyList<Refusal> Refusals)> Prepare(FhirRequest request, AccessFilter filter, Dictionary<string, string>? residents, CancellationToken ct)
    {
        var (expected, malformed) = RestWrites.Expected(request);
        if (malformed is not null) return (null, [malformed]);
        var type = request.Type!;
        var (id, criteria, undecided) = await Target(request, type, filter, ct);
        if (undecided is not null) return (null, [undecided]);
        if (await request.Services.Records.Find(type, id, filter, ct) is not { } stored) return (null, [Refusal.NotFound($"{type}/{id} is not known.")]);
        if (stored.Deleted || stored.Json is not { } json) return (null, [Refusal.Gone($"{type}/{id} was deleted.")]);
        if (expected is { } version && version != stored.Version) return (null, [Refusal.VersionConflict($"{type}/{id} is at version {stored.Version}; version {version} was expected.")]);
        var (patched, refusal) = Apply(request, json.Span);
        if (refusal is not null) return (null, [refusal]);
        if (ResourceCheck.TryRead(patched, type, out var scan) is { Count: > 0 } issues) return (null, issues);
        if (await ProfileCheck.Run(request, patched, scan, ct) is { Count: > 0 } broken) return (null, broken);
        if (scan.Id != id) return (null, [Refusal.Unprocessable("A patch cannot change the id.", $"{type}.id")]);
        if (type is "Subscription" or "SearchParameter" && request.Services.Admission(type) is { } admit)
        {
            (var admitted, refusal) = await admit(request, id, patched, ct);
            if (refusal is not null) return (null, [refusal]);
            patched = admitted.ToArray();
        }

        return (new UnitWrite(new RecordWrite(WriteKind.Put, type, id, patched) { ExpectedVersion = stored.Version })
        {
            ResidentId = await ResidentResolution.Of(request, type, id, patched, residents, ct),
            Criteria = criteria,
            IdIsGiven = criteria is not null,
            Interaction = "patch",
        }, []);
    }

    /// <summary>The resource the address names, or the only match of its search; the committer evaluates the search once more.</summary>
    private static async ValueTask<(string Id, Criteria?, Refusal?)> Target(FhirRequest request, string type, AccessFilter filter, CancellationToken ct)
    {
        if (request.Id is { } id) return (id, null, null);
        var (criteria, refusal) = RestWrites.Condition(request, ConditionalForm.Patch, type, request.Query);
        if (refusal is not null) return ("", null, refusal);
        await using var connection = await request.Services.Database.OpenConnectionAsync(ct);
        var ids = await request.Services.Search.FindIds(connection, null, type, criteria!.Query, filter, 2, ct);
        return ids.Count switch
        {
            1 => (ids[0], criteria, null),
            0 => ("", null, Refusal.NotFound($"{type}?{criteria.Query} matches no resource; a patch makes none.")),
            _ => ("", null, Refusal.MultipleMatches($"{type}?{criteria.Query} matches more than one resource.")),
        };
    }

    private static (byte[], Refusal?) Apply(FhirRequest request, ReadOnlySpan<byte> stored)
    {
        var (media, patch) = (request.ContentType, request.Body);
        // Inside a bundle a patch that is no resource travels as a Binary. http://hl7.org/fhir/R4/http.html#patch
        if (media is null && Binary(patch.Span) is { } binary) (media, patch) = binary;
        switch (media)
        {
            case "application/json-patch+json":
                return JsonPatch.Apply(stored, patch.Span);
            case "application/merge-patch+json":
                return ResourceScan.TryRead(patch.Span, out _) is { } refusal ? ([], refusal) : (MergePatch.Apply(stored, patch.Span), null);
            case null or "application/fhir+json" or "application/json" or "application/json+fhir" or "text/json":
                return FhirPathPatch.Apply(stored, patch.Span);
            default:
                return ([], new Refusal(415, "not-supported", "A patch is application/json-patch+json, application/merge-patch+json, or Parameters in application/fhir+json or application/fhir+xml."));
        }
    }

    private static (string? Media, ReadOnlyMemory<byte> Patch)? Binary(ReadOnlySpan<byte> resource)
    {
        if (ResourceScan.TryRead(resource, out var scan) is not null || scan.ResourceType != "Binary") return null;
        using var document = JsonDocument.Parse(resource.ToArray());
        var media = document.RootElement.TryGetProperty("contentType", out var type) && type.ValueKind == JsonValueKind.String ? type.GetString()!.Split(';')[0].Trim().ToLowerInvariant() : "";
        return document.RootElement.TryGetProperty("data", out var data) && data.ValueKind == JsonValueKind.String && data.TryGetBytesFromBase64(out var bytes) ? (media, bytes) : ("", default);
    }
}
