using System.Net;
using System.Net.Http.Json;
using System.Text;
using Health.Contracts;
using Health.IntegrationTests.Platform;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using static Health.IntegrationTests.Broker.TestPeople;

namespace Health.IntegrationTests.Broker;

/// <summary>No access without its fact: every door refuses, in its own form, and shows nothing of what was asked for.</summary>
public sealed class Where_no_fact_can_be_written(Database database) : IAsyncLifetime
{
    private const string Secret = "阙无影";
    private TestHost host = null!;

    public async ValueTask InitializeAsync()
    {
        host = await TestHost.Start(database, ["Broker", "Fhir", "Adapters", "CardBridge"], builder =>
        {
            TestCaller.Use(builder);
            builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
            {
                ["Health:CardBridge:InsurerUrl"] = "http://127.0.0.1:9",
                ["Health:CardBridge:CityCardUrl"] = "http://127.0.0.1:9",
            });
        });
        var patient = new RecordWrite(WriteKind.Put, "Patient", "p1", Encoding.UTF8.GetBytes($$"""{"resourceType":"Patient","id":"p1","name":[{"text":"{{Secret}}"}]}"""));
        var commit = await host.Services.GetRequiredService<IRecordStore>().Commit(new RecordBatch("test|p1", Header, City, null, [patient]), default);
        Assert.False(commit.IsRefused);
    }

    public ValueTask DisposeAsync() => host.DisposeAsync();

    [Fact]
    public async Task a_FHIR_read_is_answered_503_with_an_outcome_and_nothing_of_the_resource()
    {
        using var hospital = host.Http.As("demo-hospital", City);
        Assert.Contains(Secret, await hospital.GetStringAsync("/fhir/Patient/p1", TestContext.Current.CancellationToken), StringComparison.Ordinal);
        await RefuseFacts();
        foreach (var path in new[] { "/fhir/Patient/p1", "/fhir/Patient?_id=p1", "/fhir/Patient/p1/_history", "/fhir/Patient/p1/$everything" })
        {
            var answer = await hospital.GetAsync(path, TestContext.Current.CancellationToken);
            var body = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
            Assert.True(answer.StatusCode == HttpStatusCode.ServiceUnavailable, $"{path}: {(int)answer.StatusCode} {body}");
            Assert.Equal(TimeSpan.FromSeconds(1), answer.Headers.RetryAfter?.Delta);
            Assert.Contains("\"OperationOutcome\"", body, StringComparison.Ordinal);
            Assert.Contains("\"throttled\"", body, StringComparison.Ordinal);
            Assert.DoesNotContain(Secret, body, StringComparison.Ordinal);
        }

        await TakeFacts();
        Assert.Equal(HttpStatusCode.OK, (await hospital.GetAsync("/fhir/Patient/p1", TestContext.Current.CancellationToken)).StatusCode);
    }

    [Fact]
    public async Task a_FHIR_write_leaves_nothing_behind()
    {
        await RefuseFacts();
        using var hospital = host.Http.As("demo-hospital", City);
        using var content = new StringContent($$"""{"resourceType":"Patient","id":"p2","name":[{"text":"{{Secret}}"}]}""", Encoding.UTF8, "application/fhir+json");
        var answer = await hospital.PutAsync("/fhir/Patient/p2", content, TestContext.Current.CancellationToken);
        Assert.False(answer.IsSuccessStatusCode);
        await TakeFacts();
        Assert.Equal(HttpStatusCode.NotFound, (await hospital.GetAsync("/fhir/Patient/p2", TestContext.Current.CancellationToken)).StatusCode);
    }

    [Fact]
    public async Task the_other_doors_answer_503_with_a_problem()
    {
        await RefuseFacts();
        using var operators = host.Http.As("demo-operator", roles: "operator");
        using var desk = host.Http.As("demo-desk", City, "desk");
        await IsRefused(operators.GetAsync("/adapters/quarantine/none", TestContext.Current.CancellationToken));
        await IsRefused(operators.GetAsync($"/broker/residents?identifier={IdentifierSystems.ResidentId}|{IdNumber(new DateOnly(1980, 1, 1), 1)}", TestContext.Current.CancellationToken));
        var tap = new { deskId = "desk1", terminalNo = "510704000001", cardNo = "510700000000000000", chipSerial = "0011223344556677", cityCode = "510700", holder = new { name = Secret } };
        await IsRefused(desk.PostAsJsonAsync("/card/taps", tap, TestContext.Current.CancellationToken));
    }

    private static async Task IsRefused(Task<HttpResponseMessage> asked)
    {
        var answer = await asked;
        var body = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(answer.StatusCode == HttpStatusCode.ServiceUnavailable, $"{answer.RequestMessage!.RequestUri}: {(int)answer.StatusCode} {body}");
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        Assert.Equal(TimeSpan.FromSeconds(1), answer.Headers.RetryAfter?.Delta);
        Assert.DoesNotContain(Secret, body, StringComparison.Ordinal);
    }

    private Task RefuseFacts() => Execute("alter table audit.fact add constraint closed check (false) not valid");

    private Task TakeFacts() => Execute("alter table audit.fact drop constraint closed");

    private async Task Execute(string sql)
    {
        await using var data = NpgsqlDataSource.Create(host.ConnectionString);
        await using var command = data.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }
}
