using System.Text;
using System.Text.Json;
using Health.Contracts;

namespace Health.CardBridge.Log;

/// <summary>The personal part of an event: sealed under a resident's key and bound to its place in the log.</summary>
public sealed record SealedPayload(string KeyId, byte[] Bytes)
{
    /// <param name="place">Stream and part, e.g. <c>visit/tx|holder</c>: a payload moved elsewhere does not open.</param>
    public static SealedPayload Of<T>(DataKey key, string place, T value) =>
        new(key.Id, key.Seal(JsonSerializer.SerializeToUtf8Bytes(value, JsonSerializerOptions.Web), Encoding.UTF8.GetBytes(place)));

    /// <summary>Null when the key was destroyed: the person's part is gone for good.</summary>
    public async ValueTask<T?> Open<T>(IKeyring keys, string place, CancellationToken ct) where T : class
    {
        if (!keys.TryGetCached(KeyId, out var key) || key is null) key = await keys.Find(KeyId, ct);
        return key is null ? null : JsonSerializer.Deserialize<T>(key.Open(Bytes, Encoding.UTF8.GetBytes(place)), JsonSerializerOptions.Web);
    }
}
