using System.Text.Json;
using System.Text.Json.Nodes;
using Health.Identity.Keys;
using Microsoft.IdentityModel.Tokens;

namespace Health.Identity.Clients;

/// <summary>Makes the two files of a client: its public registration and its private key.</summary>
public static class ClientKeys
{
    public static string RegistrationFile(string folder, string clientId) => Path.Combine(folder, clientId + ".json");

    public static string PrivateKeyFile(string folder, string clientId) => Path.Combine(folder, clientId + ".private.jwk");

    /// <summary>
    /// Writes <c>&lt;id&gt;.private.jwk</c> (mode 600; kept when it is there) and <c>&lt;id&gt;.json</c> into <paramref name="folder"/>.
    /// Calling it again with other roles or scopes changes the registration and keeps the key.
    /// </summary>
    public static void Create(
        string folder, string clientId, string? institution, IEnumerable<string> roles, IEnumerable<string> scopes, string algorithm = SecurityAlgorithms.EcdsaSha384)
    {
        PrivateFile.CreateFolder(folder);
        var privateFile = PrivateKeyFile(folder, clientId);
        if (!File.Exists(privateFile)) PrivateFile.WriteOnce(privateFile, KeyFile.PrivateJson(KeyFile.New(algorithm)));
        var jwks = new JsonObject { ["keys"] = new JsonArray(KeyFile.PublicJson(KeyFile.ReadPrivate(privateFile))) };
        var registration = new ClientRegistration(clientId, institution, [.. roles], [.. scopes], JsonSerializer.SerializeToElement(jwks));
        PrivateFile.Replace(RegistrationFile(folder, clientId), JsonSerializer.Serialize(registration, ClientRegistration.Json));
    }
}
