using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using Health.Contracts;

namespace Health.Fhir.Subscriptions;

/// <summary>What a web socket shows to be bound to subscriptions: signed, of short life, without state on the server.</summary>
public sealed class BindingToken(IKeyring keyring, TimeProvider time)
{
    private const int MaxCharacters = 8192;
    public static readonly TimeSpan Life = TimeSpan.FromMinutes(10);

    private sealed record Payload(string[] Subscriptions, long Expires);

    public (string Token, DateTimeOffset Expires) Write(IEnumerable<string> subscriptions)
    {
        var expires = time.GetUtcNow() + Life;
        var payload = Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(new Payload([.. subscriptions], expires.ToUnixTimeSeconds())));
        return ($"{payload}.{Sign(payload):N}", expires);
    }

    /// <returns>The subscriptions; null when the token was altered or is too old.</returns>
    public IReadOnlyList<string>? Read(string token)
    {
        if (token.Length > MaxCharacters || token.Split('.') is not [var payload, var signature] || signature != Sign(payload).ToString("N")) return null;
        var read = JsonSerializer.Deserialize<Payload>(Encoding.UTF8.GetString(Base64Url.DecodeFromChars(payload)))!;
        return read.Expires > time.GetUtcNow().ToUnixTimeSeconds() ? read.Subscriptions : null;
    }

    private Guid Sign(string payload) => keyring.Blind("subscription-binding", payload);
}
