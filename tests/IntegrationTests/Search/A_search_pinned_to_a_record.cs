using System.Net;

namespace Health.IntegrationTests.Search;

/// <summary>Searches by an identifier, or of one patient, share statements with each other: nobody may get what another asked for.</summary>
[Collection(SearchTests.Name)]
public sealed class A_search_pinned_to_a_record(SearchHost host)
{
    private const int Many = 24;

    [Fact]
    public async Task answers_each_of_many_at_once_with_its_own()
    {
        for (var i = 0; i < Many; i++) await host.Put($"Device/pin-{i}", $"{{'identifier':[{{'system':'urn:pin','value':'{i}'}}]}}");
        var found = await Task.WhenAll(Enumerable.Range(0, 4 * Many).Select(i => host.Find($"Device?identifier=urn:pin|{i % Many}")));
        for (var i = 0; i < found.Length; i++) Assert.Equal($"Device/pin-{i % Many}", found[i]);
    }

    [Fact]
    public async Task keeps_callers_apart_who_ask_the_same_at_once()
    {
        using var county = host.As(SearchHost.County);
        for (var i = 0; i < Many; i++) await host.Put($"Device/own-{i}", $"{{'identifier':[{{'system':'urn:own','value':'{i}'}}]}}", i % 2 == 0 ? host.Http : county);
        var asked = Enumerable.Range(0, Many).SelectMany(i => new[] { (i, Caller: host.Http, IsOwn: i % 2 == 0), (i, Caller: county, IsOwn: i % 2 == 1) }).ToList();
        var found = await Task.WhenAll(asked.Select(question => host.Find($"Device?identifier=urn:own|{question.i}", question.Caller)));
        for (var n = 0; n < asked.Count; n++) Assert.Equal(asked[n].IsOwn ? $"Device/own-{asked[n].i}" : "", found[n]);
    }

    [Fact]
    public async Task finds_a_resource_once_that_carries_the_identifier_twice()
    {
        await host.Put("Device/twice", "{'identifier':[{'system':'urn:twice','value':'1','use':'usual'},{'system':'urn:twice','value':'1','type':{'text':'again'}}]}");
        Assert.Equal("Device/twice", await host.Find("Device?identifier=urn:twice|1"));
        Assert.Equal("Device/twice", await host.Find("Device?identifier=1&identifier=urn:twice|1"));
        Assert.Equal("", await host.Find("Device?identifier=urn:other|1"));
    }

    [Fact]
    public async Task sees_what_was_written_before_it_and_not_what_was_deleted()
    {
        for (var round = 0; round < 10; round++)
        {
            await host.Put("Device/now", $"{{'identifier':[{{'system':'urn:now','value':'{round}'}}]}}");
            Assert.Equal("Device/now", await host.Find($"Device?identifier=urn:now|{round}"));
            Assert.Equal("", await host.Find($"Device?identifier=urn:now|{round - 1}"));
        }

        using (var deleted = await host.Http.DeleteAsync("/fhir/Device/now")) Assert.Equal(HttpStatusCode.NoContent, deleted.StatusCode);
        Assert.Equal("", await host.Find("Device?identifier=urn:now|9"));
    }

    [Fact]
    public async Task asks_the_other_criteria_of_each_match_and_sorts()
    {
        await host.Put("Patient/pinned", "{}");
        await host.Put("Patient/beside", "{}");
        foreach (var (id, patient, code, day, value) in new[] { ("1", "pinned", "a", 3, 1), ("2", "pinned", "a", 5, 2), ("3", "pinned", "b", 4, 3), ("4", "pinned", "a", 1, 4), ("5", "beside", "a", 2, 5) })
            await host.Put($"Observation/pinned-{id}", $"{{'status':'final','subject':{{'reference':'Patient/{patient}'}},'code':{{'coding':[{{'system':'urn:pinned','code':'{code}'}}]}},'effectiveDateTime':'2020-01-0{day}','valueQuantity':{{'value':{value}}}}}");
        Assert.Equal("Observation/pinned-2 Observation/pinned-1 Observation/pinned-4", await host.Find("Observation?patient=pinned&code=urn:pinned|a&_sort=-date"));
        Assert.Equal("Observation/pinned-4 Observation/pinned-1 Observation/pinned-2", await host.Find("Observation?patient=Patient/pinned&code=urn:pinned|a&_sort=date"));
        Assert.Equal("Observation/pinned-3", await host.Find("Observation?patient=pinned&code:not=urn:pinned|a"));
        Assert.Equal("Observation/pinned-2 Observation/pinned-3", await host.Find("Observation?subject=Patient/pinned&date=gt2020-01-03"));
        Assert.Equal("Observation/pinned-3 Observation/pinned-4", await host.Find("Observation?patient=pinned&value-quantity=ge3"));
        Assert.Equal("", await host.Find("Observation?patient=pinned&patient=beside"));
    }

    [Fact]
    public async Task goes_on_behind_its_last_match()
    {
        await host.Put("Patient/longer", "{}");
        for (var day = 1; day <= 5; day++) await host.Put($"Observation/longer-{day}", $"{{'status':'final','subject':{{'reference':'Patient/longer'}},'code':{{'text':'x'}},'effectiveDateTime':'2020-01-0{day}'}}");
        var first = await host.Bundle("Observation?patient=longer&_sort=-date&_count=2");
        Assert.Equal("Observation/longer-5 Observation/longer-4", SearchHost.Names(first));
        var second = await host.Bundle(Next(first)!);
        Assert.Equal("Observation/longer-3 Observation/longer-2", SearchHost.Names(second));
        Assert.Equal("Observation/longer-1", SearchHost.Names(await host.Bundle(Next(second)!)));
        var all = await host.Bundle("Observation?patient=longer&_count=5");
        Assert.Equal(5, all.GetProperty("total").GetInt32());
        Assert.Null(Next(all));
    }

    [Fact]
    public async Task spoils_no_other_when_it_fails()
    {
        await host.Put("Device/sound", "{'identifier':[{'system':'urn:sound','value':'1'}]}");
        // A character that PostgreSQL cannot hold.
        var asked = Enumerable.Range(0, Many).Select(i => i % 3 == 0 ? "Device?identifier=urn:sound|1&device-name=a%00b" : "Device?identifier=urn:sound|1").ToList();
        var answers = await Task.WhenAll(asked.Select(query => host.Http.GetAsync($"/fhir/{query}")));
        for (var i = 0; i < answers.Length; i++)
            if (i % 3 != 0) Assert.Equal(HttpStatusCode.OK, answers[i].StatusCode);
        foreach (var answer in answers) answer.Dispose();
    }

    private static string? Next(System.Text.Json.JsonElement bundle) => SearchHost.Link(bundle, "next") is { } url ? url[(url.IndexOf("/fhir/", StringComparison.Ordinal) + 6)..] : null;
}
