using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Health.CardAgent.Platform;

/// <summary>
/// private_key_jwt (RFC 7523 §2.2) with ES384, as SMART backend services ask
/// (https://hl7.org/fhir/smart-app-launch/client-confidential-asymmetric.html). One use, five minutes at most.
/// </summary>
public static class ClientAssertion
{
    public const string Type = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(4);

    /// <param name="privateJwk">JSON of a private P-384 key: kty, crv, x, y, d and kid.</param>
    public static string Create(string privateJwk, string clientId, string audience, string id, DateTimeOffset now)
    {
        using var jwk = JsonDocument.Parse(privateJwk);
        using var key = Read(jwk.RootElement);
        var header = new Dictionary<string, object> { ["alg"] = "ES384", ["typ"] = "JWT" };
        if (Text(jwk.RootElement, "kid") is { } kid) header["kid"] = kid;
        var claims = new Dictionary<string, object>
        {
            ["iss"] = clientId, ["sub"] = clientId, ["aud"] = audience, ["jti"] = id,
            ["iat"] = now.ToUnixTimeSeconds(), ["nbf"] = now.ToUnixTimeSeconds(), ["exp"] = (now + Lifetime).ToUnixTimeSeconds(),
        };
        var signed = $"{Encode(JsonSerializer.SerializeToUtf8Bytes(header))}.{Encode(JsonSerializer.SerializeToUtf8Bytes(claims))}";
        var signature = key.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA384, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
        return $"{signed}.{Encode(signature)}";
    }

    private static ECDsa Read(JsonElement jwk)
    {
        if (Text(jwk, "kty") != "EC" || Text(jwk, "crv") != "P-384") throw new InvalidDataException("The private JWK is not an EC key on P-384.");
        return ECDsa.Create(new ECParameters
        {
            Curve = ECCurve.NamedCurves.nistP384,
            Q = new ECPoint { X = Decode(jwk, "x"), Y = Decode(jwk, "y") },
            D = Decode(jwk, "d"),
        });
    }

    private static byte[] Decode(JsonElement jwk, string name) =>
        System.Buffers.Text.Base64Url.DecodeFromChars(Text(jwk, name) ?? throw new InvalidDataException($"The private JWK has no {name}."));

    private static string Encode(byte[] bytes) => System.Buffers.Text.Base64Url.EncodeToString(bytes);

    private static string? Text(JsonElement element, string name) => element.TryGetProperty(name, out var value) ? value.GetString() : null;
}
