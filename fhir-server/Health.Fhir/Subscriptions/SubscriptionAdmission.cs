using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Health.Contracts;
using Health.Fhir.Wire;

namespace Health.Fhir.Subscriptions;

/// <summary>
/// Before a Subscription is written: it must be one this server can serve, by a caller who may search what it looks for. The caller is
/// stamped into it; whatever status was sent, other than off, becomes requested until the receiver has answered.
/// </summary>
public sealed class SubscriptionAdmission(SubscriptionReader reader, SubscriptionGrant grants)
{
    private static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public async ValueTask<(ReadOnlyMemory<byte> Json, Refusal? Refusal)> Admit(FhirRequest request, string id, ReadOnlyMemory<byte> body, CancellationToken ct)
    {
        if (request is { Method: "PUT", Id: null }) return (body, Refusal.NotSupported("A Subscription is updated by its id: it is bound to it."));
        using var document = JsonDocument.Parse(body);
        if (reader.TryRead(id, document.RootElement, request.Caller, out var settings) is { } refusal) return (body, refusal);
        var (_, denied) = await request.Authorise(AccessKind.Search, settings.ResourceType, ct);
        if (denied is not null) return (body, denied with { Expression = "Subscription.criteria" });

        var resource = JsonNode.Parse(body.Span)!.AsObject();
        if ((string?)resource["status"] != "off") resource["status"] = "requested";
        resource.Remove("error");
        var extensions = resource["extension"] as JsonArray ?? [];
        foreach (var sent in extensions.Where(extension => (string?)extension?["url"] == SubscriptionGrant.Extension).ToList()) extensions.Remove(sent);
        extensions.Add(new JsonObject { ["url"] = SubscriptionGrant.Extension, ["valueString"] = grants.Write(id, request.Caller) });
        resource["extension"] = extensions;
        return (JsonSerializer.SerializeToUtf8Bytes(resource, Readable), null);
    }
}
