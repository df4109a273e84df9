using System.Net;
using Health.IntegrationTests.Platform;

namespace Health.IntegrationTests.Operations;

[Collection(OperationTests.Name)]
public sealed class A_purge(OperationHost host)
{
    private static StringContent Ground(string ground) => RestartableHost.Body($$"""{"resourceType":"Parameters","parameter":[{"name":"ground","valueCode":"{{ground}}"}]}""");

    [Fact]
    public async Task makes_the_whole_record_unreadable_in_every_version_and_leaves_its_events()
    {
        await host.It.Put("Patient/purged", "{'gender':'male'}");
        await host.It.Put("Observation/purged", "{'status':'preliminary','code':{'text':'x'},'subject':{'reference':'Patient/purged'}}");
        await host.It.Put("Observation/purged", "{'status':'final','code':{'text':'x'},'subject':{'reference':'Patient/purged'}}");
        var before = await host.Sequence();
        using (var answer = await host.It.AsOperator.PostAsync("/fhir/Patient/purged/$purge", Ground("test-data"))) Assert.True(answer.StatusCode == HttpStatusCode.OK, await answer.Content.ReadAsStringAsync());
        foreach (var gone in new[] { "Patient/purged", "Observation/purged", "Observation/purged/_history/1" })
            Assert.Equal(HttpStatusCode.Gone, (await host.It.Http.GetAsync($"/fhir/{gone}")).StatusCode);
        Assert.DoesNotContain("resourceType\":\"Observation", (await host.It.Get("Observation?_id=purged")).GetRawText());
        Assert.True(await host.Sequence() > before, "A purge is an event of its own.");
        using var again = await host.It.AsOperator.PostAsync("/fhir/Patient/purged/$purge", Ground("test-data"));
        Assert.Equal(HttpStatusCode.NotFound, again.StatusCode);
    }

    [Fact]
    public async Task is_an_operators_business_and_has_a_ground()
    {
        await host.It.Put("Patient/kept", "{'gender':'male'}");
        Assert.Equal(HttpStatusCode.Forbidden, (await host.It.Http.PostAsync("/fhir/Patient/kept/$purge", Ground("test-data"))).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await host.It.AsOperator.PostAsync("/fhir/Patient/kept/$purge", Ground("because"))).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await host.It.AsOperator.PostAsync("/fhir/Patient/kept/$purge", null)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await host.It.Http.GetAsync("/fhir/Patient/kept")).StatusCode);
    }
}
