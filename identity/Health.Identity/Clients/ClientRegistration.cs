using System.Text.Json;
using System.Text.Json.Serialization;
using Health.Identity.Scopes;
using Microsoft.IdentityModel.Tokens;

namespace Health.Identity.Clients;

/// <summary>
/// A client as its file says (<c>&lt;id&gt;.json</c>): who it acts for, what it may ask for, and its public keys. No secret is in it.
/// </summary>
public sealed record ClientRegistration(
    [property: JsonPropertyName("client_id")] string ClientId,
    [property: JsonPropertyName("institution")] string? Institution,
    [property: JsonPropertyName("roles")] IReadOnlyList<string> Roles,
    [property: JsonPropertyName("scopes")] IReadOnlyList<string> Scopes,
    [property: JsonPropertyName("jwks")] JsonElement Jwks)
{
    internal static readonly JsonSerializerOptions Json = new()
    {
        WriteIndented = true,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    };

    /// <exception cref="FormatException">The file is not a registration; the message names file and place.</exception>
    public static ClientRegistration Read(string path)
    {
        try
        {
            var client = JsonSerializer.Deserialize<ClientRegistration>(File.ReadAllText(path), Json) ?? throw new FormatException("it is empty");
            client.Check();
            return client;
        }
        catch (Exception e) when (e is JsonException or FormatException or ArgumentException)
        {
            throw new FormatException($"{path} is not a client registration: {e.Message}", e);
        }
    }

    public JsonWebKeySet KeySet() => new(Jwks.GetRawText());

    /// <summary>Key ids of the registered keys, in order.</summary>
    public IReadOnlyList<string> KeyIds() => [.. KeySet().Keys.Select(key => key.Kid)];

    private void Check()
    {
        if (ClientId.Length is 0 or > 100 || !ClientId.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.'))
            throw new FormatException("client_id must be 1 to 100 letters, digits, '-', '_' or '.'.");
        foreach (var scope in Scopes)
            if (scope.Contains('/') && !SmartScope.TryParse(scope, out _)) throw new FormatException($"scope '{scope}' is not a SMART v2 scope such as system/Patient.rs.");
        var keys = KeySet().Keys;
        if (keys.Count == 0) throw new FormatException("jwks holds no key.");
        foreach (var key in keys)
        {
            if (key.HasPrivateKey || key.Kty == "oct") throw new FormatException("jwks holds a private or secret key; only public keys belong here.");
            if (string.IsNullOrEmpty(key.Kid)) throw new FormatException("a key of jwks has no kid.");
            if (key.Kty is not ("EC" or "RSA")) throw new FormatException($"key {key.Kid} is of kty {key.Kty}; EC (ES384) and RSA (RS384) are taken.");
        }
    }
}
