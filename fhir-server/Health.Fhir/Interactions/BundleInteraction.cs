using System.Text.Json;
using Health.Contracts;
using Health.Fhir.Records;
using Health.Fhir.Wire;
using Microsoft.AspNetCore.Routing;

namespace Health.Fhir.Interactions;

/// <summary>
/// batch and transaction: POST of a Bundle to the base. http://hl7.org/fhir/R4/http.html#transaction
/// A batch runs each entry alone; a transaction (see <see cref="Transaction"/>) is one unit that stands or falls whole.
/// </summary>
public static class BundleInteraction
{
    public static void Map(IEndpointRouteBuilder fhir) => FhirDoor.Map(fhir, "/", ["POST"], "transaction", Handle, FhirDoor.MaxBundleBytes);

    public static async ValueTask<FhirAnswer> Handle(FhirRequest request, CancellationToken ct)
    {
        if (ResourceScan.TryRead(request.Body.Span, out var scan) is { } malformed) return FhirAnswer.Of(malformed);
        if (scan.ResourceType != "Bundle") return FhirAnswer.Of(Refusal.Invalid("The base takes a Bundle.", "resourceType"));
        if (BundleEntry.TryRead(request, out var type, out var entries) is { } refusal) return FhirAnswer.Of(refusal);
        return type switch
        {
            "transaction" => await Transaction.Run(request, entries, ct),
            "batch" => await Batch(request, entries, ct),
            _ => FhirAnswer.Of(Refusal.Invalid($"Bundle.type is '{type}'; the base takes batch or transaction.", "Bundle.type")),
        };
    }

    private static async ValueTask<FhirAnswer> Batch(FhirRequest request, List<BundleEntry> entries, CancellationToken ct)
    {
        var answers = new List<FhirAnswer>(entries.Count);
        foreach (var entry in entries) answers.Add(await One(entry.Request, ct));
        return Response(request, "batch-response", answers, withBodies: true);
    }

    /// <summary>One entry of a batch, or a GET of a transaction.</summary>
    internal static ValueTask<FhirAnswer> One(FhirRequest request, CancellationToken ct) => request switch
    {
        { Method: "GET" or "HEAD", Id: not null } => Read.Handle(request, ct),
        { Method: "POST", Type: not null, Id: null } => Create.Handle(request, ct),
        { Method: "PUT", Type: not null } => Update.Handle(request, ct),
        { Method: "DELETE", Type: not null } => Delete.Handle(request, ct),
        { Method: "GET", Type: not null } when request.Services.SearchType is { } search => search(request, ct),
        _ => new(FhirAnswer.Of(Refusal.NotSupported($"{request.Method} {request.Type}/{request.Id} is not carried out inside a bundle."))),
    };

    /// <summary>http://hl7.org/fhir/R4/http.html#transaction-response</summary>
    internal static FhirAnswer Response(FhirRequest request, string type, IReadOnlyList<FhirAnswer> answers, bool withBodies) => new(200)
    {
        Body = BundleWriter.Write(type, null, [], answers, (json, answer) => Entry(json, request, answer, withBodies)),
    };

    private static void Entry(Utf8JsonWriter json, FhirRequest request, FhirAnswer answer, bool withBodies)
    {
        if (withBodies && !answer.IsRefused && !answer.Body.IsEmpty)
        {
            json.WritePropertyName("resource");
            json.WriteRawValue(answer.Body.Span, skipInputValidation: true);
        }

        json.WriteStartObject("response");
        json.WriteString("status", answer.Status.ToString());
        if (answer.Location is { } location) json.WriteString("location", $"{request.BaseUrl}/{location}");
        if (answer.Version is { } version) json.WriteString("etag", FhirHeaders.ETag(version));
        if (answer.LastUpdated is { } updated) json.WriteString("lastModified", ResourceBytes.Instant(updated));
        if (answer.IsRefused)
        {
            json.WritePropertyName("outcome");
            OutcomeWriter.WriteTo(json, answer.Issues);
        }

        json.WriteEndObject();
    }
}
