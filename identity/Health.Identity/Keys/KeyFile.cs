using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.IdentityModel.Tokens;

namespace Health.Identity.Keys;

/// <summary>Key pairs as JSON Web Keys (RFC 7517). The key id is the RFC 7638 thumbprint of the public part.</summary>
public static class KeyFile
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>A new private key. <paramref name="algorithm"/>: ES256, ES384 or RS384.</summary>
    public static JsonWebKey New(string algorithm)
    {
        var key = algorithm switch
        {
            SecurityAlgorithms.EcdsaSha256 => FromCurve(ECCurve.NamedCurves.nistP256),
            SecurityAlgorithms.EcdsaSha384 => FromCurve(ECCurve.NamedCurves.nistP384),
            SecurityAlgorithms.RsaSha384 => FromRsa(),
            _ => throw new ArgumentException($"'{algorithm}' is not one of ES256, ES384, RS384.", nameof(algorithm)),
        };
        key.Alg = algorithm;
        key.Use = "sig";
        key.Kid = Base64UrlEncoder.Encode(key.ComputeJwkThumbprint());
        return key;
    }

    /// <exception cref="FormatException">The file holds no private signing key with its algorithm.</exception>
    public static JsonWebKey ReadPrivate(string path)
    {
        var key = new JsonWebKey(File.ReadAllText(path));
        if (!key.HasPrivateKey || string.IsNullOrEmpty(key.Alg) || string.IsNullOrEmpty(key.Kid))
            throw new FormatException($"{path} is not a private JSON Web Key with alg and kid.");
        return key;
    }

    /// <summary>The whole key as JSON: for files of mode 600 only.</summary>
    public static string PrivateJson(JsonWebKey key)
    {
        var json = PublicJson(key);
        foreach (var (name, value) in (ReadOnlySpan<(string, string?)>)[("d", key.D), ("p", key.P), ("q", key.Q), ("dp", key.DP), ("dq", key.DQ), ("qi", key.QI)])
            if (value is not null) json[name] = value;
        return json.ToJsonString(Indented);
    }

    public static JsonObject PublicJson(JsonWebKey key)
    {
        var json = new JsonObject { ["kty"] = key.Kty, ["use"] = key.Use, ["alg"] = key.Alg, ["kid"] = key.Kid };
        foreach (var (name, value) in (ReadOnlySpan<(string, string?)>)[("crv", key.Crv), ("x", key.X), ("y", key.Y), ("n", key.N), ("e", key.E)])
            if (value is not null) json[name] = value;
        return json;
    }

    private static JsonWebKey FromCurve(ECCurve curve)
    {
        using var pair = ECDsa.Create(curve);
        var parameters = pair.ExportParameters(includePrivateParameters: true);
        return new JsonWebKey
        {
            Kty = "EC",
            Crv = parameters.Q.X!.Length == 32 ? "P-256" : "P-384",
            X = Base64UrlEncoder.Encode(parameters.Q.X),
            Y = Base64UrlEncoder.Encode(parameters.Q.Y),
            D = Base64UrlEncoder.Encode(parameters.D),
        };
    }

    private static JsonWebKey FromRsa()
    {
        using var pair = RSA.Create(3072);
        var parameters = pair.ExportParameters(includePrivateParameters: true);
        return JsonWebKeyConverter.ConvertFromRSASecurityKey(new RsaSecurityKey(parameters));
    }
}
