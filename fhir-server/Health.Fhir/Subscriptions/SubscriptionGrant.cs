using System.Buffers.Text;
using System.Text.Json;
using Health.Contracts;

namespace Health.Fhir.Subscriptions;

/// <summary>
/// For whom a subscription looks: the caller of the write, stamped into the resource as an extension and signed together with its id. Every
/// evaluation and every notification asks the access policy again in the name of this caller.
/// </summary>
public sealed class SubscriptionGrant(IKeyring keyring)
{
    public const string Extension = "urn:health:subscription:grant";

    private const string Domain = "subscription-grant";

    /// <summary>The same caller gives the same stamp, so that a repeated update says nothing new.</summary>
    public string Write(string subscriptionId, Caller caller)
    {
        var stable = caller with { RequestId = "", Roles = [.. caller.Roles.Order(StringComparer.Ordinal)], Scopes = [.. caller.Scopes.Order(StringComparer.Ordinal)] };
        var payload = Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(stable));
        return $"{payload}.{Sign(subscriptionId, payload):N}";
    }

    /// <returns>Null when it was altered or belongs to another subscription.</returns>
    public Caller? Read(string subscriptionId, string? stamp)
    {
        if (stamp?.Split('.') is not [var payload, var signature] || signature != Sign(subscriptionId, payload).ToString("N")) return null;
        return JsonSerializer.Deserialize<Caller>(Base64Url.DecodeFromChars(payload));
    }

    private Guid Sign(string subscriptionId, string payload) => keyring.Blind(Domain, $"{subscriptionId}\n{payload}");
}
