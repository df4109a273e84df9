namespace Health.IntegrationTests.Platform;

public sealed class The_host_starts(Database database)
{
    [Fact]
    public async Task on_an_empty_database_and_answers_the_liveness_probe()
    {
        await using var host = await TestHost.Start(database);
        Assert.Equal("live", await host.Http.GetStringAsync("/health/live", TestContext.Current.CancellationToken));
    }
}
