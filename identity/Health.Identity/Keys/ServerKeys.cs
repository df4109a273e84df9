using System.Security.Cryptography;
using Health.Contracts;
using Microsoft.IdentityModel.Tokens;

namespace Health.Identity.Keys;

/// <summary>
/// The identity server's own keys: <c>&lt;DataFolder&gt;/keys/identity-signing*.json</c> (private JWK, ES256 or ES384; the last by name signs, all are
/// published, so a new key is a new file) and <c>identity-encryption.json</c> (seals authorization codes). Made in Development when absent;
/// in production they must be there.
/// </summary>
public sealed record ServerKeys(IReadOnlyList<SigningCredentials> Signing, EncryptingCredentials Encryption)
{
    private const string SigningPattern = "identity-signing*.json";

    /// <exception cref="InvalidOperationException">A key is missing or of the wrong kind.</exception>
    public static ServerKeys Load(NodeIdentity node)
    {
        var folder = Path.Combine(node.DataFolder, "keys");
        var encryption = Path.Combine(folder, "identity-encryption.json");
        if (node.IsDevelopment) Make(folder, encryption);
        if (!Directory.Exists(folder) || Directory.GetFiles(folder, SigningPattern) is not { Length: > 0 } files)
            throw new InvalidOperationException($"No {SigningPattern} in {folder}: in production the identity server's signing key (a private JSON Web Key, alg ES256 or ES384) must be put there before the start.");
        if (!File.Exists(encryption))
            throw new InvalidOperationException($"{encryption} is missing: in production the key that seals authorization codes (a JSON Web Key, kty oct, 32 bytes) must be put there before the start.");
        return new ServerKeys([.. files.OrderByDescending(Path.GetFileNameWithoutExtension, StringComparer.Ordinal).Select(Signer)], Sealer(encryption));
    }

    private static void Make(string folder, string encryption)
    {
        PrivateFile.CreateFolder(folder);
        PrivateFile.WriteOnce(Path.Combine(folder, "identity-signing.json"), KeyFile.PrivateJson(KeyFile.New(SecurityAlgorithms.EcdsaSha256)));
        var secret = Base64UrlEncoder.Encode(RandomNumberGenerator.GetBytes(32));
        PrivateFile.WriteOnce(encryption, $$"""{"kty":"oct","use":"enc","k":"{{secret}}"}""");
    }

    private static SigningCredentials Signer(string path)
    {
        var key = KeyFile.ReadPrivate(path);
        if (key.Alg is not (SecurityAlgorithms.EcdsaSha256 or SecurityAlgorithms.EcdsaSha384))
            throw new InvalidOperationException($"{path}: alg is {key.Alg}; access tokens are signed with ES256 or ES384.");
        var curve = key.Alg == SecurityAlgorithms.EcdsaSha256 ? ECCurve.NamedCurves.nistP256 : ECCurve.NamedCurves.nistP384;
        var pair = ECDsa.Create(new ECParameters
        {
            Curve = curve,
            D = Base64UrlEncoder.DecodeBytes(key.D),
            Q = new ECPoint { X = Base64UrlEncoder.DecodeBytes(key.X), Y = Base64UrlEncoder.DecodeBytes(key.Y) },
        });
        // The algorithm is named, not derived: left to itself the server announces ES256 for a P-384 key.
        return new SigningCredentials(new ECDsaSecurityKey(pair) { KeyId = key.Kid }, key.Alg);
    }

    private static EncryptingCredentials Sealer(string path)
    {
        var key = new JsonWebKey(File.ReadAllText(path));
        if (key.Kty != "oct" || string.IsNullOrEmpty(key.K) || Base64UrlEncoder.DecodeBytes(key.K) is not { Length: 32 } secret)
            throw new InvalidOperationException($"{path} must be a JSON Web Key of kty oct with 32 bytes.");
        return new EncryptingCredentials(new SymmetricSecurityKey(secret), SecurityAlgorithms.Aes256KW, SecurityAlgorithms.Aes256CbcHmacSha512);
    }
}
