using System.Diagnostics;
using System.Net;
using System.Text.Json;
using Health.IntegrationTests.Platform;
using Npgsql;

namespace Health.IntegrationTests.Search;

/// <summary>Really costly: a name of a hundred thousand parts, none of which holds any of five hundred words.</summary>
public sealed class A_search_that_costs_too_much(Database database)
{
    private const int Parts = 100_000, Words = 500;

    private static readonly string Costly = $"name:contains={string.Join(',', Enumerable.Range(0, Words).Select(i => $"zq{i:D4}"))}";

    private async Task<TestHost> WithMuchToLookAt()
    {
        var host = await TestHost.Start(database, ["Broker", "Fhir"], builder =>
        {
            TestCaller.Use(builder);
            builder.Configuration["Health:Search:MaxSeconds"] = "1.5";
        });
        using var answer = await Hospital(host).PutAsync("/fhir/Patient/much", RestartableHost.Body("""{"resourceType":"Patient","id":"much","name":[{"text":"a"}]}"""));
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        await using var data = NpgsqlDataSource.Create(host.ConnectionString);
        await using var command = data.CreateCommand(
            $"""
            insert into fhir.search_string (rid, key, value, original, from_seq)
            select s.rid, s.key, repeat('abcdefgh ', 12) || n, '', s.from_seq from fhir.search_string s join fhir.search_key k on k.id = s.key, generate_series(1, {Parts}) n where k.type = 'Patient' and k.param = 'name'
            """);
        Assert.Equal(Parts, await command.ExecuteNonQueryAsync());
        return host;
    }

    private static HttpClient Hospital(TestHost host) => host.Http.As("client-hospital", "MY510703H001", "clinician");

    [Theory]
    [InlineData("Patient?", "name:contains")]
    [InlineData("Patient?_total=accurate&", "name:contains, _total")]
    [InlineData("Patient?_sort=birthdate&_asOf=1&", null)]
    [InlineData("Observation?subject:Patient.", "subject.…, name:contains")]
    public async Task is_ended_by_the_database_and_told_what_to_narrow(string place, string? costly)
    {
        await using var host = await WithMuchToLookAt();
        if (place.StartsWith("Observation", StringComparison.Ordinal))
        {
            using var written = await Hospital(host).PutAsync("/fhir/Observation/o", RestartableHost.Body("""{"resourceType":"Observation","id":"o","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/much"}}"""));
            Assert.Equal(HttpStatusCode.Created, written.StatusCode);
        }

        var watch = Stopwatch.StartNew();
        using var answer = await Hospital(host).GetAsync($"/fhir/{place}{Costly}");
        var text = await answer.Content.ReadAsStringAsync();
        if (costly is null)
        {
            // Nothing was there yet at that moment: what is cheap is answered under the same limit.
            Assert.True(answer.StatusCode == HttpStatusCode.OK, text);
            return;
        }

        Assert.True(answer.StatusCode == HttpStatusCode.RequestEntityTooLarge, $"{(int)answer.StatusCode} after {watch.Elapsed}: {text}");
        var issue = JsonDocument.Parse(text).RootElement.GetProperty("issue")[0];
        Assert.Equal(("too-costly", costly.Split(',')[0]), (issue.GetProperty("code").GetString(), issue.GetProperty("expression")[0].GetString()));
        Assert.Contains($"What costs here: {costly}.", issue.GetProperty("diagnostics").GetString());
        Assert.DoesNotContain("zq0001", text);
        // The limit was of that transaction alone, and the connection serves on.
        using var next = await Hospital(host).GetAsync("/fhir/Patient?_id=much");
        Assert.Equal(HttpStatusCode.OK, next.StatusCode);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("60")]
    [InlineData("soon")]
    public async Task has_a_limit_that_is_a_sensible_time(string text)
    {
        var error = await Assert.ThrowsAsync<InvalidOperationException>(async () =>
        {
            await using var host = await TestHost.Start(database, ["Broker", "Fhir"], builder => builder.Configuration["Health:Search:MaxSeconds"] = text);
        });
        Assert.Contains("Health:Search:MaxSeconds", error.Message);
    }
}
