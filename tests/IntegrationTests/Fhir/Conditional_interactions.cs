using System.Net;

namespace Health.IntegrationTests.Fhir;

[Collection<FhirCollection>]
public sealed class Conditional_interactions(FhirHouse house)
{
    private static string Organization(string number, string name = "a") =>
        $$$"""{"resourceType":"Organization","identifier":[{"system":"urn:test:org","value":"{{{number}}}"}],"name":"{{{name}}}"}""";

    [Fact]
    public async Task sixty_four_identical_creates_at_once_make_one_resource()
    {
        var number = Guid.NewGuid().ToString("N");
        var http = house.AsHospital;
        var answers = await Task.WhenAll(Enumerable.Range(0, 64).Select(_ => http.Send("POST", "Organization", Organization(number), ("If-None-Exist", $"identifier=urn:test:org|{number}"))));
        Assert.Single(answers, answer => answer.StatusCode == HttpStatusCode.Created);
        Assert.Equal(63, answers.Count(answer => answer.StatusCode == HttpStatusCode.OK));
        Assert.Single(answers.Select(answer => answer.IdOf()).Distinct());
        Assert.Equal(1, await house.Count($"select count(*) from fhir.resource where type = 'Organization' and id = '{answers[0].IdOf()}'"));
    }

    [Fact]
    public async Task different_creates_at_once_do_not_hinder_each_other()
    {
        var run = Guid.NewGuid().ToString("N");
        var http = house.AsHospital;
        var answers = await Task.WhenAll(Enumerable.Range(0, 64).Select(i => http.Send("POST", "Organization", Organization($"{run}-{i % 16:00}"), ("If-None-Exist", $"identifier=urn:test:org|{run}-{i % 16:00}"))));
        Assert.Equal(16, answers.Count(answer => answer.StatusCode == HttpStatusCode.Created));
        Assert.Equal(16, answers.Select(answer => answer.IdOf()).Distinct().Count());
    }

    [Fact]
    public async Task update_creates_then_replaces_the_match_and_refuses_many()
    {
        var number = Guid.NewGuid().ToString("N");
        var http = house.AsHospital;
        var query = $"Organization?identifier=urn:test:org|{number}";
        var created = await http.Send("PUT", query, Organization(number, "one"));
        Assert.Equal(HttpStatusCode.Created, created.StatusCode);
        var replaced = await http.Send("PUT", query, Organization(number, "two"));
        Assert.Equal((HttpStatusCode.OK, created.IdOf(), "W/\"2\""), (replaced.StatusCode, replaced.IdOf(), replaced.Headers.ETag!.ToString()));
        var other = Organization(number, "three").Replace("{\"resourceType\"", "{\"id\":\"other\",\"resourceType\"");
        Assert.Equal(HttpStatusCode.BadRequest, (await http.Send("PUT", query, other)).StatusCode);
        await http.Send("POST", "Organization", Organization(number));
        Assert.Equal(HttpStatusCode.PreconditionFailed, (await http.Send("PUT", query, Organization(number, "four"))).StatusCode);
        Assert.Equal(HttpStatusCode.PreconditionFailed, (await http.Send("DELETE", query)).StatusCode);
        Assert.Equal(HttpStatusCode.PreconditionFailed, (await http.Send("POST", "Organization", Organization(number), ("If-None-Exist", $"identifier=urn:test:org|{number}"))).StatusCode);
    }

    [Fact]
    public async Task delete_takes_the_one_match_and_nothing_else()
    {
        var number = Guid.NewGuid().ToString("N");
        var http = house.AsHospital;
        var id = (await http.Send("POST", "Organization", Organization(number))).IdOf();
        Assert.Equal(HttpStatusCode.NoContent, (await http.Send("DELETE", $"Organization?identifier=urn:test:org|{number}-none")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await http.Send("GET", $"Organization/{id}")).StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, (await http.Send("DELETE", $"Organization?identifier=urn:test:org|{number}")).StatusCode);
        Assert.Equal(HttpStatusCode.Gone, (await http.Send("GET", $"Organization/{id}")).StatusCode);
    }

    [Theory]
    [InlineData("")]
    [InlineData("colour=red")]
    [InlineData("_count=1")]
    public async Task that_would_match_everything_are_refused(string criteria) =>
        Assert.Equal(HttpStatusCode.BadRequest, (await house.AsHospital.Send("POST", "Organization", Organization("x"), ("If-None-Exist", criteria.Length == 0 ? "?" : criteria))).StatusCode);
}
