using Health.Identity.Keys;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Health.Identity.Clients;

/// <summary>
/// The signed statement by which a client proves who it is (RFC 7523 §2.2, SMART backend services
/// https://hl7.org/fhir/smart-app-launch/client-confidential-asymmetric.html): good for one use within five minutes.
/// </summary>
public static class ClientAssertion
{
    public const string Type = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

    /// <summary>Longest life the server accepts.</summary>
    public static readonly TimeSpan MaxLifetime = TimeSpan.FromMinutes(5);

    /// <param name="audience">The token endpoint's URL or the issuer, as the server's discovery document says.</param>
    public static string Create(string privateJwkFile, string clientId, string audience, DateTimeOffset now) =>
        Create(KeyFile.ReadPrivate(privateJwkFile), clientId, audience, now, TimeSpan.FromMinutes(4));

    public static string Create(JsonWebKey key, string clientId, string audience, DateTimeOffset now, TimeSpan lifetime, string? id = null, string tokenType = "JWT") =>
        new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(new SecurityTokenDescriptor
        {
            Claims = new Dictionary<string, object> { ["sub"] = clientId, ["jti"] = id ?? Guid.NewGuid().ToString("n") },
            Issuer = clientId,
            Audience = audience,
            IssuedAt = now.UtcDateTime,
            Expires = (now + lifetime).UtcDateTime,
            TokenType = tokenType,
            SigningCredentials = new SigningCredentials(key, key.Alg),
        });
}
