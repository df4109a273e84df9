using Health.Contracts;
using Health.IntegrationTests.Platform;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Health.IntegrationTests.Broker;

public sealed class The_register_of_institutions(Database database)
{
    private static readonly Institution Centre = new("MY510704W001", "游仙区演示镇卫生院", "Youxian Demo Township Health Centre", "510704", "C220");

    [Fact]
    public async Task keeps_one_entry_per_code_and_an_event_per_real_change()
    {
        await using var host = await TestHost.Start(database, ["Broker"]);
        var directory = host.Services.GetRequiredService<IDirectory>();
        Assert.Null(await directory.FindInstitution(Centre.Code, default));

        await directory.Register(Centre, TestPeople.Header, default);
        await directory.Register(Centre, TestPeople.Header, default);
        var renamed = Centre with { Name = "游仙区演示中心卫生院" };
        await directory.Register(renamed, TestPeople.Header, default);

        Assert.Equal(renamed, await directory.FindInstitution(Centre.Code, default));
        Assert.Equal([renamed], await directory.Institutions(default));
        await using var connection = new NpgsqlConnection(host.ConnectionString);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = new NpgsqlCommand("select string_agg(type, ',' order by version) from events.mt_events where stream_id = 'institution/MY510704W001'", connection);
        Assert.Equal("broker.institution-registered.v1,broker.institution-changed.v1", await command.ExecuteScalarAsync(TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("", "510704")]
    [InlineData("MY/1", "510704")]
    [InlineData("MY1", "5107")]
    public async Task refuses_what_is_no_code(string code, string division)
    {
        await using var host = await TestHost.Start(database, ["Broker"]);
        await Assert.ThrowsAsync<ArgumentException>(() =>
            host.Services.GetRequiredService<IDirectory>().Register(Centre with { Code = code, DivisionCode = division }, TestPeople.Header, default).AsTask());
    }
}
