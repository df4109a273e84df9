using System.Text.Json.Nodes;
using Health.Identity.Clients;

namespace Health.UnitTests.Identity;

public sealed class The_files_of_a_client : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("health-clients-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void keep_the_private_key_apart_and_unreadable_for_others()
    {
        ClientKeys.Create(folder, "demo", "MY510703H001", ["clinician"], ["system/*.rs"]);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(ClientKeys.PrivateKeyFile(folder, "demo")));
        Assert.DoesNotContain("\"d\"", File.ReadAllText(ClientKeys.RegistrationFile(folder, "demo")));
        var read = ClientRegistration.Read(ClientKeys.RegistrationFile(folder, "demo"));
        Assert.Equal(("demo", "MY510703H001"), (read.ClientId, read.Institution));
        Assert.Single(read.KeyIds());
    }

    [Fact]
    public void keep_the_key_when_the_registration_changes()
    {
        ClientKeys.Create(folder, "demo", null, [], ["system/*.rs"]);
        var key = File.ReadAllText(ClientKeys.PrivateKeyFile(folder, "demo"));
        ClientKeys.Create(folder, "demo", "MY510703H001", ["desk"], ["system/*.cruds"]);
        Assert.Equal(key, File.ReadAllText(ClientKeys.PrivateKeyFile(folder, "demo")));
        Assert.Equal(["desk"], ClientRegistration.Read(ClientKeys.RegistrationFile(folder, "demo")).Roles);
    }

    [Theory]
    [InlineData("scopes", """["system/patient.rs"]""", "not a SMART v2 scope")]
    [InlineData("client_id", "\"a b\"", "client_id")]
    [InlineData("jwks", """{"keys":[]}""", "no key")]
    [InlineData("surprise", "1", "surprise")]
    public void are_refused_with_the_reason_when_wrong(string property, string value, string reason)
    {
        ClientKeys.Create(folder, "demo", null, [], ["system/*.rs"]);
        var file = ClientKeys.RegistrationFile(folder, "demo");
        var json = JsonNode.Parse(File.ReadAllText(file))!;
        json[property] = JsonNode.Parse(value);
        File.WriteAllText(file, json.ToJsonString());
        var error = Assert.Throws<FormatException>(() => ClientRegistration.Read(file));
        Assert.Contains(file, error.Message);
        Assert.Contains(reason, error.Message);
    }

    [Fact]
    public void are_refused_when_a_private_key_stands_in_the_registration()
    {
        ClientKeys.Create(folder, "demo", null, [], ["system/*.rs"]);
        var file = ClientKeys.RegistrationFile(folder, "demo");
        var json = JsonNode.Parse(File.ReadAllText(file))!;
        json["jwks"] = new JsonObject { ["keys"] = new JsonArray(JsonNode.Parse(File.ReadAllText(ClientKeys.PrivateKeyFile(folder, "demo")))) };
        File.WriteAllText(file, json.ToJsonString());
        Assert.Contains("private", Assert.Throws<FormatException>(() => ClientRegistration.Read(file)).Message);
    }
}
