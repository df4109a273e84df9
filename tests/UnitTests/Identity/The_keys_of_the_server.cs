using System.Security.Cryptography;
using Health.Contracts;
using Health.Identity.Keys;
using Microsoft.IdentityModel.Tokens;

namespace Health.UnitTests.Identity;

public sealed class The_keys_of_the_server : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("health-keys-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void are_made_once_in_development_and_stay()
    {
        var first = ServerKeys.Load(Node(development: true));
        var again = ServerKeys.Load(Node(development: true));
        Assert.Equal("ES256", Assert.Single(first.Signing).Algorithm);
        Assert.Equal(first.Signing[0].Key.KeyId, again.Signing[0].Key.KeyId);
        Assert.All(Directory.GetFiles(Path.Combine(folder, "keys")), file =>
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file)));
        Assert.Equal(first.Signing[0].Key.KeyId, ServerKeys.Load(Node(development: false)).Signing[0].Key.KeyId);
    }

    [Fact]
    public void must_be_there_in_production()
    {
        var error = Assert.Throws<InvalidOperationException>(() => ServerKeys.Load(Node(development: false)));
        Assert.Contains("identity-signing", error.Message);
        Assert.Contains(folder, error.Message);
        Assert.False(Directory.Exists(Path.Combine(folder, "keys")));
    }

    [Fact]
    public void change_by_a_new_file_that_signs_from_then_on_and_the_old_ones_stay_published()
    {
        var old = ServerKeys.Load(Node(development: true)).Signing[0].Key.KeyId;
        File.WriteAllText(Path.Combine(folder, "keys", "identity-signing-2016.json"), KeyFile.PrivateJson(KeyFile.New(SecurityAlgorithms.EcdsaSha384)));
        var keys = ServerKeys.Load(Node(development: true)).Signing;
        Assert.Equal(["ES384", "ES256"], keys.Select(key => key.Algorithm));
        Assert.Contains(old, keys.Select(key => key.Key.KeyId));
    }

    [Fact]
    public void of_another_kind_are_refused()
    {
        ServerKeys.Load(Node(development: true));
        File.WriteAllText(Path.Combine(folder, "keys", "identity-signing-2016.json"), KeyFile.PrivateJson(SmallRsaKey()));
        Assert.Contains("ES256 or ES384", Assert.Throws<InvalidOperationException>(() => ServerKeys.Load(Node(development: true))).Message);
    }

    /// <summary>Of the other kind; its length does not matter, and a longer one takes a second to find.</summary>
    private static JsonWebKey SmallRsaKey()
    {
        using var pair = RSA.Create(1024);
        var key = JsonWebKeyConverter.ConvertFromRSASecurityKey(new RsaSecurityKey(pair.ExportParameters(includePrivateParameters: true)));
        (key.Alg, key.Use, key.Kid) = (SecurityAlgorithms.RsaSha384, "sig", "rsa");
        return key;
    }

    private NodeIdentity Node(bool development) => new("city", "city", "510700") { IsDevelopment = development, DataFolder = folder };
}
