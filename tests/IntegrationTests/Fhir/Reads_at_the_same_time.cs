using System.Net;
using System.Text.Json.Nodes;
using Npgsql;

namespace Health.IntegrationTests.Fhir;

/// <summary>Reads share statements; what each caller sees stays the caller's own.</summary>
[Collection<FhirCollection>]
public sealed class Reads_at_the_same_time(FhirHouse house)
{
    [Fact]
    public async Task give_each_caller_what_that_caller_may_see()
    {
        var own = new Dictionary<HttpClient, List<string>> { [house.AsHospital] = [], [house.AsCentre] = [] };
        foreach (var (http, ids) in own)
            for (var i = 0; i < 6; i++) ids.Add((await http.Send("POST", "Basic", $$$"""{"resourceType":"Basic","code":{"text":"{{{i}}}"}}""")).IdOf());
        var (hospital, centre) = (own.First(), own.Last());
        var asked = Enumerable.Range(0, 240).Select(async i =>
        {
            var (caller, owner) = (i % 2 == 0 ? hospital.Key : centre.Key, i % 3 == 0 ? centre : hospital);
            var number = i % 6;
            var path = $"Basic/{owner.Value[number]}" + (i % 4) switch { 0 => "", 1 => "/_history/1", 2 => "?_asOf=999999999", _ => "?_asOf=2099-01-01T00:00:00Z" };
            var answer = await caller.Send("GET", path);
            if (caller != owner.Key) return answer.StatusCode == HttpStatusCode.NotFound;
            return answer.StatusCode == HttpStatusCode.OK && (string)(await answer.Body())["id"]! == owner.Value[number];
        });
        Assert.All(await Task.WhenAll(asked), Assert.True);
    }

    [Fact]
    public async Task leave_a_fact_each()
    {
        var id = (await house.AsHospital.Send("POST", "Basic", """{"resourceType":"Basic","code":{"text":"facts"}}""")).IdOf();
        await Task.WhenAll(Enumerable.Range(0, 50).Select(i => house.AsHospital.Send("GET", $"Basic/{id}", null, ("X-Request-Id", $"together-{id}-{i}"))));
        var facts = (await house.Audit.All()).Where(fact => fact.RequestId.StartsWith($"together-{id}-", StringComparison.Ordinal)).Select(fact => fact.RequestId).Distinct();
        Assert.Equal(50, facts.Count());
    }

    [Fact]
    public async Task come_back_after_their_connection_was_lost()
    {
        var id = (await house.AsHospital.Send("POST", "Basic", """{"resourceType":"Basic","code":{"text":"lost"}}""")).IdOf();
        Assert.Equal(HttpStatusCode.OK, (await house.AsHospital.Send("GET", $"Basic/{id}")).StatusCode);
        await house.Count("select count(pg_terminate_backend(pid)) from pg_stat_activity where datname = current_database() and query like 'select k.n, r.rid%'");
        var after = new List<HttpStatusCode>();
        for (var i = 0; i < 3; i++) after.Add((await house.AsHospital.Send("GET", $"Basic/{id}")).StatusCode);
        // The one that finds the connection gone may be told to ask again, and is never told that there is nothing.
        Assert.DoesNotContain(HttpStatusCode.NotFound, after);
        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.OK], after.Skip(1));
    }

    [Fact]
    public async Task of_a_frequent_type_list_its_history_newest_first_like_that_of_a_rare_one()
    {
        await using (var many = house.Data.CreateCommand(
            """
            insert into fhir.resource (type, id, version, seq, last_updated, deleted, institution, key_id)
            select 'Account', 'many-' || i, 1, -i, now(), true, 'elsewhere', 'node' from generate_series(1, 5000) i
            """)) await many.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        var made = new List<string>();
        for (var i = 0; i < 3; i++) made.Add((await house.AsHospital.Send("POST", "Account", """{"resourceType":"Account","status":"active"}""")).IdOf());
        var bundle = await (await house.AsHospital.Send("GET", "Account/_history")).Body();
        Assert.Equal(made.AsEnumerable().Reverse(), bundle["entry"]!.AsArray().Select(entry => (string)entry!["resource"]!["id"]!));
    }
}
