namespace Health.IntegrationTests.Search;

[Collection(SearchTests.Name)]
public sealed class A_search_as_of(SearchHost host)
{
    private Task<long> Now() => host.Scalar<long>("select max(seq_id) from events.mt_events");

    [Fact]
    public async Task a_past_sequence_finds_what_was_there_then_in_the_version_of_then()
    {
        await host.Put("Organization/aso-1", "{'name':'Asof first','partOf':{'reference':'Organization/aso-3'}}");
        await host.Put("Organization/aso-2", "{'name':'Asof second'}");
        await host.Put("Organization/aso-3", "{'name':'Parent before'}");
        var then = await Now();
        await host.Put("Organization/aso-1", "{'name':'Renamed'}");
        await host.Put("Organization/aso-3", "{'name':'Parent after'}");
        using (await host.Http.DeleteAsync("/fhir/Organization/aso-2")) { }
        await host.Put("Organization/aso-4", "{'name':'Asof fourth'}");

        Assert.Equal("Organization/aso-4", await host.Find("Organization?name=asof"));
        Assert.Equal("Organization/aso-1 Organization/aso-2", await host.Find($"Organization?name=asof&_asOf={then}"));
        Assert.Equal("Organization/aso-1", await host.Find($"Organization?partof.name=parent before&_asOf={then}"));
        Assert.Equal("", await host.Find("Organization?partof.name=parent"));
        var bundle = await host.Bundle($"Organization?name=asof first&_include=Organization:partof&_asOf={then}");
        Assert.Equal("Organization/aso-1 +Organization/aso-3", SearchHost.Names(bundle));
        Assert.Contains("Parent before", bundle.ToString());
        Assert.Equal(2, (await host.Bundle($"Organization?name=asof&_asOf={then}&_summary=count")).GetProperty("total").GetInt64());
        Assert.Equal("", await host.Find("Organization?name=asof&_asOf=0"));
    }

    [Fact]
    public async Task an_instant_means_what_was_recorded_by_then()
    {
        await host.Put("Organization/ins-1", "{'name':'Instant'}");
        var recorded = (await host.Bundle("Organization?name=instant")).GetProperty("entry")[0].GetProperty("resource").GetProperty("meta").GetProperty("lastUpdated").GetDateTimeOffset();
        Assert.Equal("", await host.Find($"Organization?name=instant&_asOf={Uri.EscapeDataString(recorded.AddMilliseconds(-1).ToString("O"))}"));
        await host.Put("Organization/ins-1", "{'name':'Changed'}");
        Assert.Equal("Organization/ins-1", await host.Find($"Organization?name=instant&_asOf={Uri.EscapeDataString(recorded.ToString("O"))}"));
    }
}
