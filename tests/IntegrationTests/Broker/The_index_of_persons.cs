using Health.Contracts;
using Health.IntegrationTests.Platform;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using static Health.IntegrationTests.Broker.TestPeople;

namespace Health.IntegrationTests.Broker;

public sealed class The_index_of_persons(Database database) : IAsyncLifetime
{
    private static readonly DateOnly Birth = new(1985, 6, 15);
    private TestHost host = null!;

    private IResidentIndex Index => host.Services.GetRequiredService<IResidentIndex>();

    public async ValueTask InitializeAsync() => host = await TestHost.Start(database, ["Broker"]);

    public ValueTask DisposeAsync() => host.DisposeAsync();

    [Fact]
    public async Task links_patients_of_two_institutions_by_the_same_valid_id_number_and_remembers_both()
    {
        var number = IdNumber(Birth, 2);
        var first = await Index.Identify(Person("p1", "李秀英", number), Header, default);
        var second = await Index.Identify(Person("p2", "李秀英", number.ToLowerInvariant(), County), Header, default);

        Assert.Equal(LinkBasis.New, first.Basis);
        Assert.Equal(26, first.ResidentId.Length);
        Assert.Equal(new Identification(first.ResidentId, LinkBasis.StrongIdentifier), second);
        Assert.Equal(["p1", "p2"], await Index.PatientsOf(first.ResidentId, default));
        Assert.Equal(first.ResidentId, await Index.ResidentOf("p2", default));
        Assert.Equal(first.ResidentId, await Index.Find(new PersonIdentifier(IdentifierSystems.ResidentId, number), default));
        Assert.Null(await Index.Find(new PersonIdentifier(IdentifierSystems.ResidentId, IdNumber(Birth, 4)), default));
    }

    [Fact]
    public async Task never_links_by_name_sex_and_birth_date_alone()
    {
        var first = await Index.Identify(Person("p1", "王伟", IdNumber(Birth, 1)), Header, default);
        var namesake = await Index.Identify(Person("p2", "王伟", IdNumber(Birth, 3)), Header, default);
        var unnumbered = await Index.Identify(new PatientIdentity("p3", City, [], "王伟", "male", Birth), Header, default);

        Assert.Equal(LinkBasis.New, namesake.Basis);
        Assert.Equal(LinkBasis.New, unnumbered.Basis);
        Assert.Equal(3, new[] { first.ResidentId, namesake.ResidentId, unnumbered.ResidentId }.Distinct().Count());
    }

    [Fact]
    public async Task gives_a_borrowed_number_its_own_resident_and_queues_the_conflict()
    {
        var number = IdNumber(Birth, 5);
        var owner = await Index.Identify(Person("p1", "赵国强", number), Header, default);
        var borrower = await Index.Identify(Person("p2", "孙丽", number) with { BirthDate = new DateOnly(1991, 1, 2), Gender = "female" }, Header, default);

        Assert.Equal(LinkBasis.Conflict, borrower.Basis);
        Assert.NotEqual(owner.ResidentId, borrower.ResidentId);
        Assert.Equal(owner.ResidentId, await Index.Find(new PersonIdentifier(IdentifierSystems.ResidentId, number), default));
        Assert.Equal("name-differs", await Scalar<string>("select reason from broker.identity_conflict where patient_id = 'p2' and resolved_at is null"));
        Assert.Equal(borrower with { Basis = LinkBasis.Known }, await Index.Identify(Person("p2", "孙丽", number) with { BirthDate = new DateOnly(1991, 1, 2), Gender = "female" }, Header, default));
    }

    [Fact]
    public async Task makes_one_resident_of_thirty_two_first_messages_that_arrive_at_once()
    {
        var number = IdNumber(Birth, 7);
        var gate = new TaskCompletionSource();
        var all = Enumerable.Range(0, 32).Select(async i =>
        {
            await gate.Task;
            return await Index.Identify(Person($"p{i}", "陈建国", number, i % 2 == 0 ? City : County), Header, default);
        }).ToList();
        gate.SetResult();
        var results = await Task.WhenAll(all);

        Assert.Single(results.Select(result => result.ResidentId).Distinct());
        Assert.Single(results, result => result.Basis == LinkBasis.New);
        Assert.Equal(32, (await Index.PatientsOf(results[0].ResidentId, default)).Count);
        Assert.Equal(1L, await Scalar<long>("select count(*) from events.mt_events where type = 'broker.resident-registered.v1'"));
        Assert.Equal(1L, await Scalar<long>("select count(*) from broker.data_key where purpose = 'resident'"));
    }

    [Fact]
    public async Task makes_one_link_of_thirty_two_equal_messages_that_arrive_at_once()
    {
        var person = Person("p1", "陈建国", IdNumber(Birth, 9));
        var results = await Task.WhenAll(Enumerable.Range(0, 32).Select(_ => Task.Run(() => Index.Identify(person, Header, default).AsTask())));

        Assert.Single(results.Select(result => result.ResidentId).Distinct());
        Assert.Equal(2L, await Scalar<long>("select count(*) from events.mt_events where type like 'broker.%'"));
    }

    [Fact]
    public async Task learns_a_number_that_comes_later_and_writes_nothing_for_what_it_knows()
    {
        var first = await Index.Identify(Person("p1", "周婷", null), Header, default);
        var number = IdNumber(Birth, 11);
        var complete = Person("p1", "周婷", number);
        Assert.Equal(first with { Basis = LinkBasis.Known }, await Index.Identify(complete, Header, default));
        var events = await Scalar<long>("select count(*) from events.mt_events");
        Assert.Equal(first with { Basis = LinkBasis.Known }, await Index.Identify(complete, Header, default));
        Assert.Equal(first with { Basis = LinkBasis.Known }, await Index.Identify(Person("p1", "周婷", null), Header, default));

        Assert.Equal(events, await Scalar<long>("select count(*) from events.mt_events"));
        Assert.Equal(first.ResidentId, (await Index.Identify(Person("p2", "周婷", number, County), Header, default)).ResidentId);
    }

    [Fact]
    public async Task stores_no_name_and_no_number_in_clear()
    {
        var number = IdNumber(Birth, 13);
        await Index.Identify(Person("p1", "𬭚德明", number), Header, default);
        await Index.Identify(Person("p1", "𬭚德明·改", number), Header, default);

        Assert.Equal(0L, await Scalar<long>($"select count(*) from events.mt_events where data::text like '%{number}%' or data::text like '%德明%' or headers::text like '%德明%'"));
        Assert.Equal(3L, await Scalar<long>("select count(*) from events.mt_events"));
    }

    private async Task<T> Scalar<T>(string sql)
    {
        await using var connection = new NpgsqlConnection(host.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return (T)(await command.ExecuteScalarAsync())!;
    }
}
