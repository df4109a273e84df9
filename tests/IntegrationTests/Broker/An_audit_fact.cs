using Health.Contracts;
using Health.IntegrationTests.Platform;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Health.IntegrationTests.Broker;

public sealed class An_audit_fact(Database database) : IAsyncLifetime
{
    private TestHost host = null!;

    private IAuditTrail Trail => host.Services.GetRequiredService<IAuditTrail>();

    public async ValueTask InitializeAsync() => host = await TestHost.Start(database, ["Broker"]);

    public ValueTask DisposeAsync() => host.DisposeAsync();

    internal static AuditFact Fact(string resident, string? detail = null) =>
        new(Guid.NewGuid(), TimeProvider.System.GetUtcNow(), "R", "read", 0, "user:dr1", "demo-hospital", TestPeople.City, PurposeOfUse.TREAT, "req-1")
        {
            ResidentId = resident,
            Target = "Patient/p1/_history/3",
            Detail = detail,
        };

    [Fact]
    public async Task is_durable_when_record_returns_and_is_read_back_without_its_detail()
    {
        var fact = Fact("r1", "identifier=urn:x|510799…");
        await Trail.Record(fact, default);
        var entries = await host.Services.GetRequiredService<IAccessLog>().OfResident("r1", 10, default);

        var read = Assert.Single(entries).Fact;
        Assert.Equal(fact with { At = read.At, Detail = null }, read);
        Assert.True((fact.At - read.At).Duration() < TimeSpan.FromMicroseconds(1));
    }

    [Fact]
    public async Task shares_its_commit_with_those_recorded_at_the_same_time()
    {
        await Task.WhenAll(Enumerable.Range(0, 500).Select(i => Trail.Record(Fact($"r{i % 5}"), default).AsTask()));

        Assert.Equal(500L, await Scalar<long>("select count(*) from audit.fact"));
        Assert.InRange(await Scalar<long>("select count(distinct tx::text) from audit.fact"), 1, 100);
    }

    [Fact]
    public async Task fails_alone_when_the_database_will_not_take_it()
    {
        var twin = Fact("r1");
        await Trail.Record(twin, default);
        var refused = Trail.Record(twin, default).AsTask();
        var neighbours = Enumerable.Range(0, 20).Select(_ => Trail.Record(Fact("r2"), default).AsTask()).ToList();

        await Assert.ThrowsAsync<AuditUnavailableException>(() => refused);
        await Task.WhenAll(neighbours);
        Assert.Equal(21L, await Scalar<long>("select count(*) from audit.fact"));
    }

    [Fact]
    public async Task of_a_write_stands_or_falls_with_the_writer()
    {
        var statement = Trail.Prepare([Fact("r1"), Fact("r1")]);
        await using var connection = new NpgsqlConnection(host.ConnectionString);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        foreach (var commit in new[] { false, true })
        {
            await using var transaction = await connection.BeginTransactionAsync(TestContext.Current.CancellationToken);
            await using var command = new NpgsqlCommand(statement.Text, connection);
            foreach (var value in statement.Parameters) command.Parameters.Add(new NpgsqlParameter { Value = value });
            Assert.Equal(2, await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken));
            if (commit) await transaction.CommitAsync(TestContext.Current.CancellationToken);
            else await transaction.RollbackAsync(TestContext.Current.CancellationToken);
            Assert.Equal(commit ? 2L : 0L, await Scalar<long>("select count(*) from audit.fact"));
        }
    }

    [Theory]
    [InlineData("update audit.fact set resident = 'other'")]
    [InlineData("delete from audit.fact")]
    [InlineData("truncate audit.fact")]
    [InlineData("truncate audit.fact_other")]
    public async Task is_neither_changed_nor_removed_by_ordinary_means(string sql)
    {
        await Trail.Record(Fact("r1"), default);
        var refused = await Assert.ThrowsAsync<PostgresException>(() => Scalar<long>(sql));
        Assert.Contains("append-only", refused.MessageText);
    }

    private async Task<T> Scalar<T>(string sql)
    {
        await using var connection = new NpgsqlConnection(host.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return (T)(await command.ExecuteScalarAsync())!;
    }
}
