using System.Text.Json.Nodes;

namespace Health.IntegrationTests.Subscriptions;

public static class SubscriptionForm
{
    private const string Backport = "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/";

    /// <summary>A Subscription in the form of the backport; <paramref name="content"/> null: plain R4.</summary>
    public static JsonObject Of(string criteria, string? endpoint, string? content = "id-only", string? payload = "application/fhir+json", int? heartbeat = null)
    {
        var channel = new JsonObject { ["type"] = endpoint is null ? "websocket" : "rest-hook" };
        if (endpoint is not null) channel["endpoint"] = endpoint;
        if (payload is not null) channel["payload"] = payload;
        if (content is not null) channel["_payload"] = new JsonObject { ["extension"] = new JsonArray(new JsonObject { ["url"] = Backport + "backport-payload-content", ["valueCode"] = content }) };
        if (heartbeat is not null) channel["extension"] = new JsonArray(new JsonObject { ["url"] = Backport + "backport-heartbeat-period", ["valueUnsignedInt"] = heartbeat });
        return new JsonObject { ["resourceType"] = "Subscription", ["status"] = "requested", ["reason"] = "test", ["criteria"] = criteria, ["channel"] = channel };
    }
}
