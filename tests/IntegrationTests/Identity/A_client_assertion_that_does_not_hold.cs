using System.Text;
using Health.Identity.Clients;
using Health.Identity.Keys;
using Health.IntegrationTests.Platform;
using Microsoft.IdentityModel.Tokens;

namespace Health.IntegrationTests.Identity;

public sealed class A_client_assertion_that_does_not_hold(Database database)
{
    [Fact]
    public async Task is_invalid_client_and_401_whatever_is_wrong_with_it()
    {
        await using var host = await IdentityHost.Start(database);
        var assertions = new Dictionary<string, string>
        {
            ["wrong audience"] = host.Assertion(audience: "https://elsewhere.example/token"),
            ["no absolute audience"] = host.Assertion(audience: "token"),
            ["wrong key"] = host.Assertion(key: KeyFile.New(SecurityAlgorithms.EcdsaSha384)),
            ["weaker algorithm"] = host.Assertion(key: KeyFile.New(SecurityAlgorithms.EcdsaSha256)),
            ["access token type"] = host.Assertion(type: "at+jwt"),
            ["expired"] = host.Assertion(lifetime: TimeSpan.FromMinutes(-20)),
            ["good for an hour"] = host.Assertion(lifetime: TimeSpan.FromHours(1)),
            ["good for six minutes"] = host.Assertion(lifetime: TimeSpan.FromMinutes(6)),
            ["unsigned"] = Unsigned(host.Assertion()),
            ["not a token"] = "a.b.c",
        };
        assertions["unknown client"] = ClientAssertion.Create(host.Key("es"), "stranger", host.TokenEndpoint.AbsoluteUri, TimeProvider.System.GetUtcNow(), TimeSpan.FromMinutes(1));
        var answers = new List<string>();
        foreach (var (what, assertion) in assertions)
        {
            var refusal = await host.Refusal(assertion);
            answers.Add($"{what}: {refusal.Status} {refusal.Error}");
        }
        Assert.Equal(assertions.Keys.Select(what => $"{what}: 401 invalid_client"), answers);
    }

    [Fact]
    public async Task is_refused_when_it_was_used_before_on_any_node()
    {
        await using var one = await IdentityHost.Start(database);
        await using var other = await IdentityHost.Start(database, one.Host.ConnectionString, one.Clients);
        var assertion = one.Assertion(audience: "http://127.0.0.1:8080/identity/token");
        Assert.NotEmpty((await one.Token(assertion)).Value);
        Assert.Equal("invalid_client", (await one.Refusal(assertion)).Error);
        var elsewhere = await other.Refusal(assertion);
        Assert.Equal((401, "invalid_client"), (elsewhere.Status, elsewhere.Error));
        Assert.Contains("used before", elsewhere.Message);
    }

    [Fact]
    public async Task is_taken_once_of_many_at_the_same_moment()
    {
        await using var host = await IdentityHost.Start(database);
        var assertion = host.Assertion();
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 8).Select(async _ =>
        {
            try
            {
                await host.Token(assertion);
                return "taken";
            }
            catch (TokenRefusedException e)
            {
                return e.Error;
            }
        }));
        Assert.Equal(["invalid_client", "invalid_client", "invalid_client", "invalid_client", "invalid_client", "invalid_client", "invalid_client", "taken"], outcomes.Order());
    }

    private static string Unsigned(string assertion)
    {
        var header = Base64UrlEncoder.Encode(Encoding.UTF8.GetBytes("""{"alg":"none","typ":"JWT"}"""));
        return $"{header}.{assertion.Split('.')[1]}.";
    }
}
