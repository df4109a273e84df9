using System.Net;
using Health.IntegrationTests.Platform;
using Health.Identity.Clients;
using Microsoft.Extensions.DependencyInjection;

namespace Health.IntegrationTests.Identity;

/// <summary>A token that was found valid is known by its hash until it expires; everything else goes the long way.</summary>
public sealed class A_token_that_is_known(Database database)
{
    private sealed class Clock : TimeProvider
    {
        public TimeSpan Ahead { get; set; }

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Ahead;
    }

    [Fact]
    public async Task opens_the_doors_again_for_the_same_caller_and_no_other()
    {
        await using var host = await IdentityHost.Start(database);
        var hospital = await host.Token(host.Assertion("es"));
        var county = await host.Token(host.Assertion("rs"));
        for (var time = 1; time <= 3; time++)
        {
            Assert.StartsWith("client:es|MY510703H001|clinician", await (await host.Ask(hospital.Value)).Content.ReadAsStringAsync());
            Assert.StartsWith("client:rs|MY510722H001||", await (await host.Ask(county.Value)).Content.ReadAsStringAsync());
            Assert.Equal(HttpStatusCode.Unauthorized, (await host.Ask(null)).StatusCode);
        }
    }

    [Fact]
    public async Task is_not_the_token_that_differs_in_its_last_character()
    {
        await using var host = await IdentityHost.Start(database);
        var token = await host.Token(host.Assertion());
        Assert.Equal(HttpStatusCode.OK, (await host.Ask(token.Value)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await host.Ask(token.Value)).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await host.Ask(token.Value + "A")).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await host.Ask(token.Value[..^1])).StatusCode);
    }

    [Fact]
    public async Task opens_nothing_after_it_has_expired()
    {
        var clock = new Clock();
        await using var host = await IdentityHost.Start(database, time: clock);
        var token = await host.Token(host.Assertion());
        Assert.Equal(HttpStatusCode.OK, (await host.Ask(token.Value)).StatusCode);
        clock.Ahead = token.Lifetime - TimeSpan.FromSeconds(30);
        Assert.Equal(HttpStatusCode.OK, (await host.Ask(token.Value)).StatusCode);
        clock.Ahead = token.Lifetime + TimeSpan.FromMinutes(1);
        Assert.Equal(HttpStatusCode.Unauthorized, (await host.Ask(token.Value)).StatusCode);
    }
}
