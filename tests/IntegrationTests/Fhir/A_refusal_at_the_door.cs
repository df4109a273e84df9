using System.Net;
using Health.IntegrationTests.Platform;

namespace Health.IntegrationTests.Fhir;

/// <summary>401, 403, 404, 405 and 429 speak FHIR and HTTP both.</summary>
[Collection<FhirCollection>]
public sealed class A_refusal_at_the_door(FhirHouse house)
{
    [Theory]
    [InlineData("GET", "Patient/1")]
    [InlineData("POST", "Patient")]
    [InlineData("GET", "no/such/address")]
    [InlineData("DELETE", "_async/01890000-0000-7000-8000-000000000000")]
    public async Task of_a_stranger_asks_for_a_token_in_the_format_asked_for(string method, string path)
    {
        var answer = await house.Host.Http.Send(method, path, null, ("Accept", "application/fhir+xml"));
        Assert.Equal((HttpStatusCode.Unauthorized, "Bearer"), (answer.StatusCode, answer.Headers.WwwAuthenticate.ToString()));
        Assert.Contains("<code value=\"login\"/>", await answer.Content.ReadAsStringAsync());
        var wrong = await house.Host.Http.Send(method, path, null, ("Authorization", "Bearer nonsense"));
        Assert.Equal((HttpStatusCode.Unauthorized, "Bearer error=\"invalid_token\""), (wrong.StatusCode, wrong.Headers.WwwAuthenticate.ToString()));
        Assert.Equal("OperationOutcome", (string)(await wrong.Body())["resourceType"]!);
    }

    [Fact]
    public async Task of_one_who_may_not_says_that_the_scope_is_too_small()
    {
        var answer = await house.AsNobody.Send("GET", "Patient/1");
        Assert.Equal((HttpStatusCode.Forbidden, "Bearer error=\"insufficient_scope\""), (answer.StatusCode, answer.Headers.WwwAuthenticate.ToString()));
        Assert.Equal("forbidden", (string)(await answer.Body())["issue"]![0]!["code"]!);
    }

    [Theory]
    [InlineData("GET", "no/such/address", 404)]
    [InlineData("GET", "Patient/1/$nothing", 404)]
    [InlineData("TRACE", "Patient/1", 405)]
    [InlineData("QUERY", "Patient", 405)]
    public async Task of_what_is_not_there_is_an_outcome(string method, string path, int status)
    {
        var answer = await house.AsHospital.Send(method, path);
        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Equal("OperationOutcome", (string)(await answer.Body())["resourceType"]!);
    }

    [Fact]
    public async Task of_one_with_too_many_requests_under_way_says_when_to_come_again()
    {
        var eager = house.Host.Http.As("eager-" + Guid.NewGuid().ToString("N"), FhirHouse.Hospital);
        var owner = eager.DefaultRequestHeaders.GetValues(TestCaller.Header).Single().Split(';')[0];
        await using var command = house.Data.CreateCommand($"insert into fhir.async_job (id, node, owner, interaction, state, writes, begun) select gen_random_uuid(), 'another', '{owner} client:{owner}', 'search-type', 'running', false, now() from generate_series(1, 10)");
        await command.ExecuteNonQueryAsync();
        var answer = await eager.Send("GET", "Basic?_id=x", null, ("Prefer", "respond-async"));
        Assert.Equal(HttpStatusCode.TooManyRequests, answer.StatusCode);
        Assert.NotNull(answer.Headers.RetryAfter);
        Assert.Equal("throttled", (string)(await answer.Body())["issue"]![0]!["code"]!);
    }
}
