using Health.Identity.Clients;
using Health.IntegrationTests.Platform;
using Marten;
using Microsoft.Extensions.DependencyInjection;

namespace Health.IntegrationTests.Identity;

public sealed class The_registration_of_clients(Database database)
{
    [Fact]
    public async Task follows_the_folder_and_leaves_an_event_for_each_change()
    {
        var connection = await database.New();
        var clients = IdentityHost.NewClients();
        await using (var first = await TestHostOf(connection, clients)) Assert.NotEmpty((await first.Token(first.Assertion("rs"))).Value);

        // The same again changes nothing; then other scopes; then the file is gone.
        await using (await TestHostOf(connection, clients)) { }
        ClientKeys.Create(clients, "rs", "MY510722H001", ["clinician"], ["system/Patient.r"]);
        await using (var changed = await TestHostOf(connection, clients)) Assert.Equal("system/Patient.r", (await changed.Token(changed.Assertion("rs"))).Scope);
        File.Delete(ClientKeys.RegistrationFile(clients, "rs"));
        await using var last = await IdentityHost.Start(database, connection, clients);
        Assert.Equal("unauthorized_client", (await last.Refusal(last.Assertion("rs"))).Error);
        Assert.NotEmpty((await last.Token(last.Assertion("es"))).Value);

        await using var session = last.Host.Services.GetRequiredService<IDocumentStore>().QuerySession();
        var events = await session.Events.FetchStreamAsync("client/rs");
        Assert.Equal(["identity.client-registered.v1", "identity.client-changed.v1", "identity.client-withdrawn.v1"], events.Select(e => e.EventTypeName));
        Assert.Equal(["clinician"], Assert.IsType<ClientChanged>(events[1].Data).Roles);
        Assert.Equal("system:identity", events[0].GetHeader("actor")?.ToString());
        Assert.Single(await session.Events.FetchStreamAsync("client/es"));
    }

    // The folder outlives the host here.
    private async Task<IdentityHost> TestHostOf(string connection, string clients)
    {
        var copy = Directory.CreateTempSubdirectory("health-clients-").FullName;
        foreach (var file in Directory.GetFiles(clients)) File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
        return await IdentityHost.Start(database, connection, copy);
    }
}
