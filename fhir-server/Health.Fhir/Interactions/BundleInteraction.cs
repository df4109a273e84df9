using System.Text.Json;
using Health.Contracts;
using Health.Fhir.Records;
using Health.Fhir.Wire;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;

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
        var answers = new FhirAnswer[entries.Count];
        foreach (var entry in entries) answers[entry.Index] = await One(entry, ct);
        return Response(request, "batch-response", answers);
    }

    /// <summary>One entry of a batch, or a read of a transaction; what it refuses is placed in the bundle.</summary>
    internal static async ValueTask<FhirAnswer> One(BundleEntry entry, CancellationToken ct)
    {
        if (entry.Malformed is { } malformed) return FhirAnswer.Of(malformed);
        // A bundle inside a bundle would multiply without end.
        if (entry.Request is { Method: "POST", Type: null }) return FhirAnswer.Of(Refusal.NotSupported("A bundle is not carried out inside a bundle.", $"Bundle.entry[{entry.Index}].request.url"));
        FhirAnswer answer;
        try
        {
            answer = await entry.Interaction!(entry.Request, ct);
        }
        catch (Exception e) when (!ct.IsCancellationRequested && FhirDoor.Failure(e, entry.Request.Caller.RequestId) is { } failure)
        {
            // One entry that fails inside must not hide what the others did.
            entry.Request.Services.Log.LogError(e, "Entry {Entry} of the batch {RequestId} failed.", entry.Index, entry.Request.Caller.RequestId);
            answer = FhirAnswer.Of(failure);
        }

        return entry.Request.IsHead ? answer with { Body = default } : answer;
    }

    /// <summary>http://hl7.org/fhir/R4/http.html#transaction-response</summary>
    internal static FhirAnswer Response(FhirRequest request, string type, IReadOnlyList<FhirAnswer> answers) => new(200)
    {
        Body = BundleWriter.Write(type, null, [], answers, (json, answer) => Entry(json, request, answer)),
    };

    private static void Entry(Utf8JsonWriter json, FhirRequest request, FhirAnswer answer)
    {
        if (answer is { IsRefused: false, IsOutcome: false, Body.IsEmpty: false })
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
        else if (answer.IsOutcome)
        {
            json.WritePropertyName("outcome");
            json.WriteRawValue(answer.Body.Span, skipInputValidation: true);
        }

        json.WriteEndObject();
    }
}
