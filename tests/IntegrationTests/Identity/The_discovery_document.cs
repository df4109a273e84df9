using System.Net.Http.Json;
using System.Text.Json;
using Health.IntegrationTests.Platform;

namespace Health.IntegrationTests.Identity;

public sealed class The_discovery_document(Database database)
{
    [Fact]
    public async Task says_the_same_at_every_place_and_never_plain()
    {
        await using var host = await IdentityHost.Start(database);
        foreach (var path in new[] { "/identity/.well-known/openid-configuration", "/.well-known/openid-configuration", "/.well-known/smart-configuration", "/fhir/.well-known/smart-configuration" })
        {
            var document = await host.Http.GetFromJsonAsync<JsonElement>(path);
            Assert.Equal("http://127.0.0.1:8080/identity/", document.GetProperty("issuer").GetString());
            Assert.Equal(host.TokenEndpoint.AbsoluteUri, document.GetProperty("token_endpoint").GetString());
            Assert.Equal(["S256"], Strings(document, "code_challenge_methods_supported"));
            Assert.Equal(["RS384", "ES384"], Strings(document, "token_endpoint_auth_signing_alg_values_supported"));
            Assert.Contains("private_key_jwt", Strings(document, "token_endpoint_auth_methods_supported"));
            var keys = await host.Http.GetFromJsonAsync<JsonElement>(document.GetProperty("jwks_uri").GetString());
            var key = Assert.Single(keys.GetProperty("keys").EnumerateArray());
            Assert.Equal("ES256", key.GetProperty("alg").GetString());
            Assert.False(key.TryGetProperty("d", out _));
        }
    }

    private static IEnumerable<string?> Strings(JsonElement document, string name) => document.GetProperty(name).EnumerateArray().Select(value => value.GetString());
}
