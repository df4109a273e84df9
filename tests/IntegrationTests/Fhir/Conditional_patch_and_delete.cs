using System.Net;

namespace Health.IntegrationTests.Fhir;

[Collection<FhirCollection>]
public sealed class Conditional_patch_and_delete(FhirHouse house)
{
    private readonly string number = Guid.NewGuid().ToString("N");

    private string Query => $"Organization?identifier=urn:test:org|{number}";

    [Fact]
    public async Task patches_the_only_match_and_no_other_number_of_them()
    {
        Assert.Equal(HttpStatusCode.NotFound, (await Patch()).StatusCode);
        var id = (await Create()).IdOf();
        var patched = await Patch();
        Assert.Equal((HttpStatusCode.OK, id, "W/\"2\""), (patched.StatusCode, patched.IdOf(), patched.Headers.ETag!.ToString()));
        await Create();
        Assert.Equal(HttpStatusCode.PreconditionFailed, (await Patch()).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await house.AsHospital.Send("PATCH", "Organization?colour=red", Bundles.Replace("Organization.name", "b"))).StatusCode);
    }

    [Fact]
    public async Task sixteen_patches_at_once_all_arrive()
    {
        var id = (await Create()).IdOf();
        var answers = await Task.WhenAll(Enumerable.Range(0, 16).Select(i => house.AsHospital.Send("PATCH", Query,
            $$$"""{"resourceType":"Parameters","parameter":[{"name":"operation","part":[{"name":"type","valueCode":"add"},{"name":"path","valueString":"Organization"},{"name":"name","valueString":"alias"},{"name":"value","valueString":"{{{i}}}"}]}]}""")));
        var done = answers.Count(answer => answer.StatusCode == HttpStatusCode.OK);
        Assert.All(answers, answer => Assert.Contains(answer.StatusCode, new[] { HttpStatusCode.OK, HttpStatusCode.PreconditionFailed }));
        var aliases = (await (await house.AsHospital.Send("GET", $"Organization/{id}")).Body())["alias"]!.AsArray().Select(alias => (string)alias!).ToList();
        Assert.Equal(done, aliases.Count);
        Assert.Equal(aliases.Count, aliases.Distinct().Count());
    }

    [Fact]
    public async Task deletes_as_many_as_count_allows_or_none()
    {
        for (var i = 0; i < 3; i++) await Create();
        Assert.Equal(HttpStatusCode.PreconditionFailed, (await house.AsHospital.Send("DELETE", Query)).StatusCode);
        Assert.Equal(HttpStatusCode.PreconditionFailed, (await house.AsHospital.Send("DELETE", Query + "&_count=2")).StatusCode);
        Assert.Equal(3, (int)(await (await house.AsHospital.Send("GET", Query)).Body())["total"]!);
        var deleted = await house.AsHospital.Send("DELETE", Query + "&_count=3");
        Assert.Equal(HttpStatusCode.OK, deleted.StatusCode);
        Assert.Contains("3 resources of type Organization", await deleted.Content.ReadAsStringAsync());
        Assert.Equal(0, (int)(await (await house.AsHospital.Send("GET", Query)).Body())["total"]!);
        Assert.Equal(HttpStatusCode.NoContent, (await house.AsHospital.Send("DELETE", Query + "&_count=3")).StatusCode);
        foreach (var count in new[] { "0", "101", "-1", "all" }) Assert.Equal(HttpStatusCode.BadRequest, (await house.AsHospital.Send("DELETE", $"{Query}&_count={count}")).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await house.AsHospital.Send("DELETE", "Organization?_count=3")).StatusCode);
    }

    private Task<HttpResponseMessage> Create() => house.AsHospital.Send("POST", "Organization", $$$"""{"resourceType":"Organization","identifier":[{"system":"urn:test:org","value":"{{{number}}}"}],"name":"a"}""");

    private Task<HttpResponseMessage> Patch() => house.AsHospital.Send("PATCH", Query, Bundles.Replace("Organization.name", "b"));
}
