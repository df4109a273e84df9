using System.Net;

namespace Health.IntegrationTests.Search;

[Collection(SearchTests.Name)]
public sealed class A_search_over_types(SearchHost host)
{
    private async Task Write(string prefix)
    {
        await host.Put($"Patient/{prefix}-p", $"{{'meta':{{'tag':[{{'code':'{prefix}'}}]}},'identifier':[{{'system':'urn:ovr','value':'{prefix}'}}]}}");
        await host.Put($"Encounter/{prefix}-e", $"{{'meta':{{'tag':[{{'code':'{prefix}'}}]}},'status':'finished','class':{{'code':'AMB'}},'subject':{{'reference':'Patient/{prefix}-p'}},'period':{{'start':'2024-02-01'}}}}");
        await host.Put($"Observation/{prefix}-o", $"{{'meta':{{'tag':[{{'code':'{prefix}'}}]}},'status':'final','code':{{'coding':[{{'code':'{prefix}'}}]}},'subject':{{'reference':'Patient/{prefix}-p'}},'effectiveDateTime':'2024-01-01'}}");
        await host.Put($"Observation/{prefix}-x", $"{{'meta':{{'tag':[{{'code':'{prefix}'}}]}},'status':'final','code':{{'coding':[{{'code':'{prefix}'}}]}},'subject':{{'reference':'Patient/other'}}}}");
        await host.Put($"Organization/{prefix}-g", $"{{'meta':{{'tag':[{{'code':'{prefix}'}}]}},'name':'g'}}");
    }

    [Fact]
    public async Task finds_in_all_of_them_by_what_they_have_in_common()
    {
        await Write("ovr");
        Assert.Equal("Patient/ovr-p Encounter/ovr-e", await host.Find("?_type=Patient,Encounter&_tag=ovr"));
        Assert.Equal("Patient/ovr-p Encounter/ovr-e Observation/ovr-o Observation/ovr-x Organization/ovr-g", await host.Find("?_tag=ovr"));
        Assert.Equal("Observation/ovr-o Encounter/ovr-e", await host.Find("?_type=Encounter,Observation&_tag=ovr&date=ge2024&_sort=date"));
        Assert.Equal("Encounter/ovr-e Observation/ovr-o", await host.Find("?_type=Encounter,Observation&patient=Patient/ovr-p&_sort=-date"));
        Assert.Equal("Encounter/ovr-e +Patient/ovr-p", await host.Find("?_type=Encounter,Location&_tag=ovr&_include=*"));
        Assert.Contains("'code'", await host.Refused("?_type=Observation,Encounter&code=x"));
        Assert.Contains("Patint", await host.Refused("?_type=Patint"));
    }

    [Fact]
    public async Task goes_on_from_page_to_page_and_by_POST()
    {
        await Write("ovp");
        List<string> pages = [];
        for (string? next = "?_tag=ovp&_count=2"; next is not null;)
        {
            var page = await host.Bundle(next);
            pages.Add(SearchHost.Names(page));
            next = SearchHost.Link(page, "next");
        }
        Assert.Equal("Patient/ovp-p Encounter/ovp-e|Observation/ovp-o Observation/ovp-x|Organization/ovp-g", string.Join('|', pages));
        using var answer = await host.Http.PostAsync("/fhir/_search", new FormUrlEncodedContent([new("_type", "Organization"), new("_tag", "ovp")]));
        Assert.Contains("ovp-g", await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task shows_a_caller_of_one_type_that_type_alone_and_refuses_the_others_by_name()
    {
        await Write("ovs");
        var narrow = host.As(SearchHost.Hospital, "system/Observation.rs");
        Assert.Equal("Observation/ovs-o Observation/ovs-x", await host.Find("?_tag=ovs", narrow));
        using var answer = await narrow.GetAsync("/fhir?_type=Patient&_tag=ovs");
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
    }

    [Fact]
    public async Task stays_in_the_compartment_of_a_Patient()
    {
        await Write("cpt");
        Assert.Equal("Observation/cpt-o", await host.Find("Patient/cpt-p/Observation"));
        Assert.Equal("Observation/cpt-o", await host.Find("Patient/cpt-p/Observation?code=cpt"));
        Assert.Equal("", await host.Find("Patient/cpt-p/Observation?code=other"));
        Assert.Equal("Patient/cpt-p Encounter/cpt-e Observation/cpt-o", await host.Find("Patient/cpt-p/*"));
        var page = await host.Bundle("Patient/cpt-p/*?_count=2");
        Assert.Equal("Observation/cpt-o", await host.Find(SearchHost.Link(page, "next")!));
        Assert.Contains("not in the compartment", await host.Refused("Patient/cpt-p/Organization"));
        Assert.Contains("no compartment", await host.Refused("Practitioner/cpt-p/Observation"));
        using var unknown = await host.Http.GetAsync("/fhir/Patient/cpt-p/Nothing");
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
    }

    [Fact]
    public async Task shows_nothing_of_the_compartment_to_whom_does_not_treat()
    {
        await Write("cpn");
        Assert.Equal("", await host.Find("Patient/cpn-p/*", host.As(SearchHost.County)));
    }

    [Fact]
    public async Task keeps_to_the_entries_of_a_list()
    {
        await Write("lst");
        await host.Put("List/lst-l", "{'status':'current','mode':'working','entry':[{'item':{'reference':'Observation/lst-o'}},{'item':{'reference':'Organization/lst-g'}}]}");
        Assert.Equal("Observation/lst-o", await host.Find("Observation?_list=lst-l"));
        Assert.Equal("Observation/lst-o Organization/lst-g", await host.Find("?_type=Observation,Organization,Patient&_list=lst-l"));
        Assert.Equal("", await host.Find("Observation?_list=none"));
        Assert.Contains("computes", await host.Refused("AllergyIntolerance?_list=$current-allergies"));
    }
}
