using System.Net;

namespace Health.IntegrationTests.Fhir;

[Collection<FhirCollection>]
public sealed class A_request_that_runs_on_its_own(FhirHouse house)
{
    private static readonly (string, string) Async = ("Prefer", "respond-async");

    [Fact]
    public async Task is_answered_with_an_address_where_its_answer_will_be()
    {
        var id = (await house.AsHospital.Send("POST", "Basic", """{"resourceType":"Basic","code":{"text":"a"}}""")).IdOf();
        var kicked = await house.AsHospital.Send("GET", $"Basic?_id={id}", null, Async);
        Assert.Equal((HttpStatusCode.Accepted, 0), (kicked.StatusCode, kicked.Content.Headers.ContentLength ?? 0));
        var done = await Poll(kicked);
        Assert.NotNull(done.Content.Headers.Expires);
        var bundle = await done.Body();
        Assert.Equal(("batch-response", "200", "searchset", id), ((string)bundle["type"]!, bundle.Statuses()[0], (string)bundle["entry"]![0]!["resource"]!["type"]!, (string)bundle["entry"]![0]!["resource"]!["entry"]![0]!["resource"]!["id"]!));
    }

    [Fact]
    public async Task may_be_a_bundle_that_writes_and_a_refusal_inside_is_told()
    {
        var id = "a-" + Guid.NewGuid().ToString("N");
        var done = await Poll(await house.AsHospital.Send("POST", "", Bundles.Of("transaction", Bundles.Entry("PUT", $"Basic/{id}", Bundles.Basic(id, "a"))), Async));
        Assert.Equal(("200", "transaction-response"), ((await done.Body()).Statuses()[0], (string)(await done.Body())["entry"]![0]!["resource"]!["type"]!));
        Assert.Equal(HttpStatusCode.OK, (await house.AsHospital.Send("GET", $"Basic/{id}")).StatusCode);
        var refused = await (await Poll(await house.AsHospital.Send("GET", "Basic?colour=red", null, Async))).Body();
        Assert.Equal("400", refused.Statuses()[0]);
        Assert.NotNull(refused["entry"]![0]!["response"]!["outcome"]);
    }

    [Fact]
    public async Task of_one_client_is_no_business_of_another_and_is_gone_once_cancelled()
    {
        var kicked = await house.AsHospital.Send("GET", "Basic?_id=none", null, Async);
        await Poll(kicked);
        var address = kicked.Content.Headers.ContentLocation!.AbsolutePath["/fhir/".Length..];
        Assert.Equal(HttpStatusCode.NotFound, (await house.AsCentre.Send("GET", address)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await house.AsCentre.Send("DELETE", address)).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await house.Host.Http.Send("GET", address)).StatusCode);
        Assert.Equal(HttpStatusCode.Accepted, (await house.AsHospital.Send("DELETE", address)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await house.AsHospital.Send("GET", address)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await house.AsHospital.Send("GET", "_async/nothing")).StatusCode);
    }

    [Fact]
    public async Task is_told_failed_when_the_node_stopped_under_it_and_its_progress_while_it_waits()
    {
        var (open, lost) = (Guid.NewGuid(), Guid.NewGuid());
        await using var command = house.Data.CreateCommand(
            $"""
            insert into fhir.async_job (id, node, owner, interaction, state, writes, begun) values ('{open}', 'another', 'demo-hospital client:demo-hospital', 'transaction', 'running', true, now());
            insert into fhir.async_job (id, node, owner, interaction, state, writes, begun, ended) values ('{lost}', 'another', 'demo-hospital client:demo-hospital', 'transaction', 'failed', true, now(), now())
            """);
        await command.ExecuteNonQueryAsync();
        var waiting = await house.AsHospital.Send("GET", $"_async/{open}");
        Assert.Equal((HttpStatusCode.Accepted, "under way", TimeSpan.FromSeconds(1)), (waiting.StatusCode, waiting.Headers.GetValues("X-Progress").Single(), waiting.Headers.RetryAfter!.Delta));
        var failed = await house.AsHospital.Send("GET", $"_async/{lost}");
        Assert.Equal(HttpStatusCode.InternalServerError, failed.StatusCode);
        Assert.Contains("whether it was written is not known", await failed.Content.ReadAsStringAsync());
        await house.AsHospital.Send("DELETE", $"_async/{open}");
    }

    [Fact]
    public async Task leaves_nothing_in_clear()
    {
        var secret = "secret-" + Guid.NewGuid().ToString("N");
        await Poll(await house.AsHospital.Send("GET", $"Basic?_id={secret}", null, Async));
        Assert.Equal(0, await house.Count($"select count(*) from fhir.async_job where async_job::text like '%{secret}%' or encode(result, 'escape') like '%{secret}%'"));
    }

    [Fact]
    public async Task is_not_taken_for_what_answers_at_once() =>
        Assert.Equal(HttpStatusCode.Created, (await house.AsHospital.Send("POST", "Basic", """{"resourceType":"Basic","code":{"text":"a"}}""", Async)).StatusCode);

    private async Task<HttpResponseMessage> Poll(HttpResponseMessage kicked)
    {
        Assert.Equal(HttpStatusCode.Accepted, kicked.StatusCode);
        var address = kicked.Content.Headers.ContentLocation!.AbsolutePath["/fhir/".Length..];
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (true)
        {
            var answer = await house.AsHospital.Send("GET", address);
            if (answer.StatusCode != HttpStatusCode.Accepted) return answer;
            await timer.WaitForNextTickAsync(limit.Token);
        }
    }
}
