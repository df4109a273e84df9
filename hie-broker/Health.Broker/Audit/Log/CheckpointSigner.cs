using System.Security.Cryptography;
using System.Text.Json;
using Health.Broker.Keys;
using Health.Contracts;
using Npgsql;

namespace Health.Broker.Audit.Log;

/// <summary>
/// The key that signs checkpoints: <c>&lt;DataFolder&gt;/keys/audit-signing.json</c>. Its public half is in the database and in
/// <c>&lt;DataFolder&gt;/audit/audit-signing.pub.pem</c>, which is what a verifier trusts. <see cref="Open"/> runs once, at start.
/// </summary>
internal sealed class CheckpointSigner(NpgsqlDataSource database, NodeIdentity node)
{
    private sealed record Content(string KeyId, byte[] Key);

    private ECDsa? key;

    public string KeyId { get; private set; } = "";

    public static string PublicKeyFile(string dataFolder) => Path.Combine(dataFolder, "audit", "audit-signing.pub.pem");

    /// <exception cref="InvalidOperationException">The key file is missing or belongs to another database.</exception>
    public void Open()
    {
        using var connection = database.OpenConnection();
        var known = KnownKey(connection);
        var path = Path.Combine(node.DataFolder, "keys", "audit-signing.json");
        if (!File.Exists(path))
        {
            if (known is not null) throw new InvalidOperationException($"The audit signing key {path} is missing; this database was signed with key {known}.");
            Create(path);
        }

        var content = JsonSerializer.Deserialize<Content>(File.ReadAllBytes(path), JsonSerializerOptions.Web);
        if (content is not { KeyId.Length: > 0, Key.Length: > 0 }) throw new InvalidOperationException($"{path} is not an audit signing key: it must be {{\"keyId\": …, \"key\": base64 of PKCS #8}}.");
        key = ECDsa.Create();
        key.ImportPkcs8PrivateKey(content.Key, out _);
        KeyId = IdOf(key);
        Publish(connection);
        if (KnownKey(connection) != KeyId) throw new InvalidOperationException($"The audit signing key {path} ({KeyId}) belongs to another database: this one was signed with {known}.");
    }

    public Checkpoint Sign(Checkpoint draft) => draft with { Signature = Key.SignData((draft with { KeyId = KeyId }).Signed(), HashAlgorithmName.SHA256), KeyId = KeyId };

    public bool Signed(Checkpoint checkpoint) => checkpoint.KeyId == KeyId && checkpoint.IsSignedBy(Key);

    /// <summary>The first 16 hexadecimal digits of the SHA-256 of the SubjectPublicKeyInfo.</summary>
    public static string IdOf(ECDsa key) => Convert.ToHexStringLower(SHA256.HashData(key.ExportSubjectPublicKeyInfo()))[..16];

    private ECDsa Key => key ?? throw new InvalidOperationException("The signing key is not open yet.");

    private static void Create(string path)
    {
        using var fresh = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        DurableFile.CreateSecret(path, JsonSerializer.SerializeToUtf8Bytes(new Content(IdOf(fresh), fresh.ExportPkcs8PrivateKey()), JsonSerializerOptions.Web));
    }

    private static string? KnownKey(NpgsqlConnection connection)
    {
        using var command = new NpgsqlCommand("select key_id from audit.signing_key order by created_at desc limit 1", connection);
        return (string?)command.ExecuteScalar();
    }

    private void Publish(NpgsqlConnection connection)
    {
        var file = PublicKeyFile(node.DataFolder);
        var pem = Key.ExportSubjectPublicKeyInfoPem() + "\n";
        DurableFile.CreateSecret(file, System.Text.Encoding.ASCII.GetBytes(pem));
        if (File.ReadAllText(file) != pem) throw new InvalidOperationException($"{file} is not the public half of the audit signing key {KeyId}.");
        using var insert = new NpgsqlCommand(
            "insert into audit.signing_key (key_id, public_key) select $1, $2 where not exists (select from audit.signing_key)", connection)
        {
            Parameters = { new() { Value = KeyId }, new() { Value = Key.ExportSubjectPublicKeyInfo() } },
        };
        insert.ExecuteNonQuery();
    }
}
