using System.Net;
using System.Text.Json;

namespace Health.IntegrationTests.Operations;

[Collection(OperationTests.Name)]
public sealed class The_last_observations(OperationHost host)
{
    private Task Observe(string id, string code, string time, string patient = "ln") => host.It.Put(
        $"Observation/{id}", $"{{'status':'final','code':{{'coding':[{code}]}},'effectiveDateTime':'{time}','subject':{{'reference':'Patient/{patient}'}}}}");

    private static string Loinc(string code) => $"{{'system':'http://loinc.org','code':'{code}'}}";

    [Fact]
    public async Task of_each_code_are_the_newest_with_all_that_tie_at_the_border()
    {
        await host.It.Put("Patient/ln", "{'gender':'male'}");
        await Observe("ln-a1", Loinc("1-1"), "2026-01-01T08:00:00+08:00");
        await Observe("ln-a2", Loinc("1-1"), "2026-01-02T08:00:00+08:00");
        await Observe("ln-a3", Loinc("1-1"), "2026-01-03T08:00:00+08:00");
        await Observe("ln-b1", Loinc("2-2"), "2026-01-01T08:00:00+08:00");
        // The same moment in another zone, under a second coding of the same code.
        await Observe("ln-b2", $"{{'system':'urn:local','code':'b'}},{Loinc("2-2")}", "2026-01-01T00:00:00Z");
        await host.It.Put("Patient/ln-other", "{'gender':'male'}");
        await Observe("ln-c1", Loinc("1-1"), "2026-02-01T08:00:00+08:00", "ln-other");

        Assert.Equal(["ln-a3", "ln-b1", "ln-b2"], await Ids("Observation/$lastn?patient=Patient/ln"));
        Assert.Equal(["ln-a2", "ln-a3", "ln-b1", "ln-b2"], await Ids("Observation/$lastn?subject=Patient/ln&max=2"));
        Assert.Equal(["ln-a3"], await Ids("Observation/$lastn?patient=Patient/ln&code=http://loinc.org|1-1"));
    }

    [Fact]
    public async Task are_of_one_group_when_an_older_one_carries_the_codes_of_two()
    {
        await host.It.Put("Patient/lnt", "{'gender':'male'}");
        await Observe("lnt-x", Loinc("8-8"), "2026-03-03T08:00:00+08:00", "lnt");
        await Observe("lnt-y", Loinc("9-9"), "2026-03-02T08:00:00+08:00", "lnt");
        await Observe("lnt-xy", $"{Loinc("8-8")},{Loinc("9-9")}", "2026-03-01T08:00:00+08:00", "lnt");

        Assert.Equal(["lnt-x"], await Ids("Observation/$lastn?patient=Patient/lnt"));
        Assert.Equal(["lnt-x", "lnt-y"], await Ids("Observation/$lastn?patient=Patient/lnt&max=2"));
    }

    [Theory]
    [InlineData("Observation/$lastn")]
    [InlineData("Observation/$lastn?patient=Patient/ln&max=0")]
    [InlineData("Observation/$lastn?patient=Patient/ln&_sort=date")]
    [InlineData("Observation/$lastn?patient=Patient/ln&nothing=1")]
    public async Task are_not_guessed_from_a_question_that_is_unclear(string query)
    {
        using var answer = await host.It.Http.GetAsync($"/fhir/{query}");
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }

    private async Task<List<string>> Ids(string query) => (await host.It.Get(query)).TryGetProperty("entry", out var entries)
        ? [.. entries.EnumerateArray().Select(entry => entry.GetProperty("resource").GetProperty("id").GetString()!).Order(StringComparer.Ordinal)]
        : [];
}
