using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Health.Broker.Residents;
using Health.Contracts;
using Health.IntegrationTests.Platform;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using static Health.IntegrationTests.Broker.TestPeople;

namespace Health.IntegrationTests.Broker;

public sealed class People_correct_the_index(Database database) : IAsyncLifetime
{
    private static readonly DateOnly Birth = new(1972, 3, 4);
    private TestHost host = null!;

    private IResidentIndex Index => host.Services.GetRequiredService<IResidentIndex>();

    private ResidentCorrections Corrections => host.Services.GetRequiredService<ResidentCorrections>();

    public async ValueTask InitializeAsync() => host = await TestHost.Start(database, ["Broker"], TestCaller.Use);

    public ValueTask DisposeAsync() => host.DisposeAsync();

    [Fact]
    public async Task by_unlinking_and_linking_again_and_each_keeps_its_numbers()
    {
        var number = IdNumber(Birth, 1);
        var first = await Index.Identify(Person("p1", "何勇", number), Header, default);
        await Index.Identify(WithCard(Person("p2", "何勇", number, County), "MY20260001"), Header, default);

        var (own, refusal) = await Corrections.Unlink("p2", "borrowed-card", Header, default);
        Assert.Null(refusal);
        Assert.Equal(own, await Index.ResidentOf("p2", default));
        Assert.Equal(["p1"], await Index.PatientsOf(first.ResidentId, default));
        Assert.Equal(first.ResidentId, await Index.Find(new PersonIdentifier(IdentifierSystems.ResidentId, number), default));
        Assert.Equal(own, await Index.Find(new PersonIdentifier(IdentifierSystems.HealthCard, "MY20260001"), default));
        Assert.Equal(new Identification(own!, LinkBasis.Known), await Index.Identify(Person("p2", "何勇", number, County), Header, default));

        Assert.Null(await Corrections.Link("p2", first.ResidentId, "same-person", Header, default));
        Assert.Equal(["p1", "p2"], await Index.PatientsOf(first.ResidentId, default));
        Assert.Equal(first.ResidentId, await Index.Find(new PersonIdentifier(IdentifierSystems.HealthCard, "MY20260001"), default));
        Assert.Equal(
            "broker.resident-registered.v1,broker.patient-linked.v1,broker.patient-linked.v1,broker.patient-unlinked.v1,broker.patient-linked.v1",
            await Scalar<string>($"select string_agg(type, ',' order by version) from events.mt_events where stream_id = 'resident/{first.ResidentId}'"));
    }

    [Fact]
    public async Task by_deciding_a_queued_conflict()
    {
        var number = IdNumber(Birth, 3);
        var owner = await Index.Identify(Person("p1", "唐军", number), Header, default);
        await Index.Identify(new PatientIdentity("p2", City, [new PersonIdentifier(IdentifierSystems.ResidentId, number)], "唐糖", null, null), Header, default);
        Assert.Equal(1L, await Scalar<long>("select count(*) from broker.identity_conflict where resolved_at is null"));

        Assert.Null(await Corrections.Link("p2", owner.ResidentId, "same-person", Header, default));
        Assert.Equal(0L, await Scalar<long>("select count(*) from broker.identity_conflict where resolved_at is null"));
        Assert.Equal(owner.ResidentId, await Index.ResidentOf("p2", default));
    }

    [Fact]
    public async Task and_are_told_what_cannot_be()
    {
        await Index.Identify(Person("p1", "何勇", IdNumber(Birth, 5)), Header, default);
        Assert.Equal(404, (await Corrections.Unlink("nobody", "borrowed-card", Header, default)).Refusal?.Status);
        Assert.Equal(400, (await Corrections.Unlink("p1", "because of 何勇", Header, default)).Refusal?.Status);
        Assert.Equal(404, (await Corrections.Link("p1", "nobody", "same-person", Header, default))?.Status);
    }

    [Fact]
    public async Task or_destroy_a_key_and_then_nothing_opens_and_the_person_comes_back_as_somebody_new()
    {
        var person = Person("p1", "何勇", IdNumber(Birth, 7));
        var before = await Index.Identify(person, Header, default);
        var keyring = host.Services.GetRequiredService<IKeyring>();
        var key = await keyring.ForResident(before.ResidentId, default);

        Assert.Null(await host.Services.GetRequiredService<ResidentErasure>().Destroy(before.ResidentId, "test-data", Header, default));
        Assert.Null(await keyring.Find(key.Id, default));
        await Assert.ThrowsAsync<InvalidOperationException>(() => keyring.ForResident(before.ResidentId, default).AsTask());
        Assert.Null(await Index.Find(person.Identifiers[0], default));
        Assert.Equal(404, (await host.Services.GetRequiredService<ResidentErasure>().Destroy(before.ResidentId, "test-data", Header, default))?.Status);

        var after = await Index.Identify(person, Header, default);
        Assert.Equal(LinkBasis.New, after.Basis);
        Assert.NotEqual(before.ResidentId, after.ResidentId);
    }

    [Fact]
    public async Task and_ask_over_http_who_read_what_which_leaves_a_fact_itself()
    {
        var number = IdNumber(Birth, 9);
        var resident = (await Index.Identify(Person("p1", "何勇", number), Header, default)).ResidentId;
        await host.Services.GetRequiredService<IAuditTrail>().Record(An_audit_fact.Fact(resident, "secret"), default);
        using var commission = host.Http.As("demo-commission", roles: "commission");
        using var hospital = host.Http.As("demo-hospital", City);

        var found = await commission.GetFromJsonAsync<JsonElement>($"/broker/residents?identifier={IdentifierSystems.ResidentId}|{number}");
        Assert.Equal(resident, found.GetProperty("residents")[0].GetProperty("residentId").GetString());
        Assert.Equal("p1", found.GetProperty("residents")[0].GetProperty("patients")[0].GetString());
        var refused = await hospital.GetAsync($"/broker/residents/{resident}/access-log", TestContext.Current.CancellationToken);
        Assert.Equal((HttpStatusCode.Forbidden, "application/problem+json"), (refused.StatusCode, refused.Content.Headers.ContentType?.MediaType));

        var log = (await commission.GetStringAsync($"/broker/residents/{resident}/access-log", TestContext.Current.CancellationToken));
        using var json = JsonDocument.Parse(log);
        Assert.Equal(["access-log/4", "find-resident/0", "read/0"], json.RootElement.GetProperty("entries").EnumerateArray()
            .Select(e => $"{e.GetProperty("interaction").GetString()}/{e.GetProperty("outcome").GetInt32()}"));
        Assert.DoesNotContain("secret", log, StringComparison.Ordinal);
        Assert.DoesNotContain(number, log, StringComparison.Ordinal);
        Assert.Equal(4L, await Scalar<long>($"select count(*) from audit.fact where resident = '{resident}'"));
        Assert.Equal(HttpStatusCode.BadRequest, (await commission.GetAsync("/broker/residents?identifier=x", TestContext.Current.CancellationToken)).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await host.Http.GetAsync("/broker/residents?identifier=a|b", TestContext.Current.CancellationToken)).StatusCode);
    }

    [Fact]
    public async Task and_get_no_answer_while_accesses_cannot_be_recorded()
    {
        var resident = (await Index.Identify(Person("p1", "何勇", IdNumber(Birth, 11)), Header, default)).ResidentId;
        await host.Services.GetRequiredService<Health.Broker.Audit.AuditTrail>().StopAsync(default);
        using var commission = host.Http.As("demo-commission", roles: "commission");
        var answer = await commission.GetAsync($"/broker/residents/{resident}/access-log", TestContext.Current.CancellationToken);

        Assert.Equal((HttpStatusCode.ServiceUnavailable, "application/problem+json"), (answer.StatusCode, answer.Content.Headers.ContentType?.MediaType));
        Assert.Equal(TimeSpan.FromSeconds(1), answer.Headers.RetryAfter?.Delta);
        Assert.DoesNotContain("entries", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    private static PatientIdentity WithCard(PatientIdentity identity, string card) =>
        identity with { Identifiers = [.. identity.Identifiers, new PersonIdentifier(IdentifierSystems.HealthCard, card)] };

    private async Task<T> Scalar<T>(string sql)
    {
        await using var connection = new NpgsqlConnection(host.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return (T)(await command.ExecuteScalarAsync())!;
    }
}
