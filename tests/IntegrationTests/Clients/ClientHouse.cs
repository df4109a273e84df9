using Health.Contracts;
using Health.Identity.Clients;
using Health.Identity.Keys;
using Health.IntegrationTests.Fhir;
using Health.IntegrationTests.Platform;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Health.IntegrationTests.Clients;

[CollectionDefinition]
public sealed class ClientCollection : ICollectionFixture<ClientHouse>;

/// <summary>Identity, broker and FHIR server as in production, and one client with a key of its own: its tokens are real.</summary>
public sealed class ClientHouse(Database database) : IAsyncLifetime
{
    private const string Client = "clinic";
    private readonly string clients = Directory.CreateTempSubdirectory("health-clients-").FullName;
    private TestHost? host;

    public TestHost Host => host ?? throw new InvalidOperationException("The house is not started.");

    public string Base => new Uri(Host.Http.BaseAddress!, "fhir").AbsoluteUri;

    public async ValueTask InitializeAsync()
    {
        ClientKeys.Create(clients, Client, FhirHouse.Hospital, ["clinician"], ["system/*.cruds"]);
        host = await TestHost.Start(database, ["Identity", "Broker", "Fhir"], builder => builder.Configuration.AddInMemoryCollection([new("Health:Identity:ClientsFolder", clients)]));
        var institution = new Institution(FhirHouse.Hospital, "绵阳市演示中心医院", "Mianyang Demo Central Hospital", "510703", "A100");
        await Host.Services.GetRequiredService<IDirectory>().Register(institution, FhirHouse.Header, default);
    }

    public async Task<string> Token()
    {
        var endpoint = new Uri(Host.Http.BaseAddress!, "identity/token");
        var assertion = ClientAssertion.Create(KeyFile.ReadPrivate(ClientKeys.PrivateKeyFile(clients, Client)), Client, endpoint.AbsoluteUri, TimeProvider.System.GetUtcNow(), TimeSpan.FromMinutes(4), null, "JWT");
        return (await new TokenClient(Host.Http, TimeProvider.System).Send(endpoint, assertion, "system/*.cruds", default)).Value;
    }

    public async ValueTask DisposeAsync()
    {
        await Host.DisposeAsync();
        Directory.Delete(clients, recursive: true);
    }
}
