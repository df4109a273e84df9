using Health.IntegrationTests.Platform;

namespace Health.IntegrationTests.Operations;

/// <summary>One host for the tests of operations; each test writes under ids of its own.</summary>
public sealed class OperationHost(Database database) : IAsyncLifetime
{
    private RestartableHost? host;

    public RestartableHost It => host ?? throw new InvalidOperationException("The host is not started.");

    public async ValueTask InitializeAsync() => host = await RestartableHost.Start(database);

    public async ValueTask DisposeAsync() => await It.DisposeAsync();

    public async Task<long> Sequence()
    {
        await using var data = Npgsql.NpgsqlDataSource.Create(It.Host.ConnectionString);
        await using var command = data.CreateCommand("select max(seq_id) from events.mt_events");
        return (long)(await command.ExecuteScalarAsync())!;
    }
}

[CollectionDefinition(Name)]
public sealed class OperationTests : ICollectionFixture<OperationHost>
{
    public const string Name = "operations";
}
