using System.Net;
using Health.Identity.Clients;
using Health.IntegrationTests.Platform;

namespace Health.IntegrationTests.Identity;

public sealed class A_token_that_was_revoked(Database database)
{
    private static async Task Revoke(IdentityHost host, AccessToken token, string client = "es")
    {
        using var answer = await host.Http.PostAsync("/identity/revoke", new FormUrlEncodedContent(new Dictionary<string, string>
        {
            ["token"] = token.Value,
            ["client_id"] = client,
            ["client_assertion_type"] = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            ["client_assertion"] = host.Assertion(client),
        }));
        Assert.True(answer.StatusCode == HttpStatusCode.OK, await answer.Content.ReadAsStringAsync());
    }

    /// <summary>Seen twice: the second time it is known by its hash.</summary>
    private static async Task Use(IdentityHost host, AccessToken token)
    {
        for (var time = 0; time < 2; time++) Assert.Equal(HttpStatusCode.OK, (await host.Ask(token.Value)).StatusCode);
    }

    [Fact]
    public async Task opens_nothing_from_the_next_request_on_and_the_others_stay()
    {
        await using var host = await IdentityHost.Start(database);
        var (revoked, kept, neverUsed) = (await host.Token(host.Assertion()), await host.Token(host.Assertion()), await host.Token(host.Assertion()));
        await Use(host, revoked);
        await Use(host, kept);
        await Revoke(host, revoked);
        Assert.Equal(HttpStatusCode.Unauthorized, (await host.Ask(revoked.Value)).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await host.Ask(revoked.Value)).StatusCode);
        await Use(host, kept);
        await Revoke(host, neverUsed);
        Assert.Equal(HttpStatusCode.Unauthorized, (await host.Ask(neverUsed.Value)).StatusCode);
    }

    [Fact]
    public async Task is_refused_by_another_process_too_as_soon_as_the_database_has_told_it()
    {
        var (connection, keys) = (await database.New(), Directory.CreateTempSubdirectory("health-host-").FullName);
        await using var first = await IdentityHost.Start(database, connection, dataFolder: keys);
        await using var second = await IdentityHost.Start(database, connection, IdentityHost.CopyOf(first.Clients), dataFolder: keys);
        var token = await first.Token(first.Assertion());
        await Use(second, token);
        await Revoke(first, token);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while ((await second.Ask(token.Value)).StatusCode != HttpStatusCode.Unauthorized) patience.Token.ThrowIfCancellationRequested();
    }

    [Fact]
    public async Task by_another_client_than_its_own_stays_what_it_is()
    {
        await using var host = await IdentityHost.Start(database);
        var token = await host.Token(host.Assertion("rs"));
        await Use(host, token);
        // RFC 7009 §2.2 answers 200 to a token that is none of the client's.
        await Revoke(host, token, client: "es");
        await Use(host, token);
    }

    [Fact]
    public async Task is_every_token_of_a_client_that_was_withdrawn()
    {
        var (connection, keys) = (await database.New(), Directory.CreateTempSubdirectory("health-host-").FullName);
        AccessToken token;
        string clients;
        await using (var before = await IdentityHost.Start(database, connection, dataFolder: keys))
        {
            token = await before.Token(before.Assertion("rs"));
            await Use(before, token);
            clients = IdentityHost.CopyOf(before.Clients);
        }

        File.Delete(ClientKeys.RegistrationFile(clients, "rs"));
        await using (var after = await IdentityHost.Start(database, connection, clients, dataFolder: keys))
            Assert.Equal(HttpStatusCode.Unauthorized, (await after.Ask(token.Value)).StatusCode);
    }
}
