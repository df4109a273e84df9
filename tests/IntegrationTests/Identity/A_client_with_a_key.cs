using System.Net;
using Health.IntegrationTests.Platform;

namespace Health.IntegrationTests.Identity;

public sealed class A_client_with_a_key(Database database)
{
    [Fact]
    public async Task gets_a_token_that_opens_the_doors_and_says_who_it_is()
    {
        await using var host = await IdentityHost.Start(database);
        Assert.Equal(HttpStatusCode.Unauthorized, (await host.Ask(null)).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await host.Ask("no-token")).StatusCode);

        var token = await host.Token(host.Assertion(), "system/Patient.rs system/Observation.rs?category=laboratory");
        Assert.Equal("system/Patient.rs system/Observation.rs?category=laboratory", token.Scope);
        Assert.InRange(token.Lifetime, TimeSpan.FromMinutes(4), TimeSpan.FromMinutes(15));
        var answer = await host.Ask(token.Value);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("client:es|MY510703H001|clinician|system/Patient.rs system/Observation.rs?category=laboratory", await answer.Content.ReadAsStringAsync());

        var parts = token.Value.Split('.');
        Assert.Equal(HttpStatusCode.Unauthorized, (await host.Ask($"{parts[0]}.{parts[1]}.{new string(parts[2].Reverse().ToArray())}")).StatusCode);
    }

    [Theory]
    [InlineData("es")]
    [InlineData("rs")]
    public async Task may_sign_with_ES384_and_RS384_and_name_issuer_or_token_url(string client)
    {
        await using var host = await IdentityHost.Start(database);
        foreach (var audience in new[] { host.TokenEndpoint.AbsoluteUri, "http://127.0.0.1:8080/identity/", "http://127.0.0.1:8080/identity/token" })
            foreach (var type in new[] { "JWT", "client-authentication+jwt" })
                Assert.NotEmpty((await host.Token(host.Assertion(client, audience, type: type), "system/Patient.rs")).Value);
    }

    [Fact]
    public async Task gets_no_more_than_it_is_registered_for()
    {
        await using var host = await IdentityHost.Start(database);
        Assert.Equal("system/Patient.rs system/Observation.rs", (await host.Token(host.Assertion("rs"), "system/*.cruds")).Scope);
        Assert.Equal("system/Patient.r", (await host.Token(host.Assertion("rs"), "system/Patient.cr openid")).Scope);
        Assert.Equal("invalid_scope", (await host.Refusal(host.Assertion("rs"), "system/Encounter.rs")).Error);
        var malformed = await host.Refusal(host.Assertion("rs"), "system/Patient.rs system/Patient.sr");
        Assert.Equal("invalid_scope", malformed.Error);
        Assert.Contains("system/Patient.sr", malformed.Message);
    }
}
