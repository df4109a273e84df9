namespace Health.IntegrationTests.Search;

[Collection(SearchTests.Name)]
public sealed class A_search_across_references(SearchHost host)
{
    private async Task Write(string prefix)
    {
        await host.Put($"Organization/{prefix}-org", $"{{'name':'{prefix} clinic'}}");
        await host.Put($"Patient/{prefix}-p", $"{{'identifier':[{{'system':'urn:id','value':'{prefix}'}}],'name':[{{'text':'{prefix} person'}}],'managingOrganization':{{'reference':'Organization/{prefix}-org'}}}}");
        await host.Put($"Encounter/{prefix}-e", $"{{'status':'finished','class':{{'code':'AMB'}},'subject':{{'reference':'Patient/{prefix}-p'}}}}");
        await host.Put($"Observation/{prefix}-o", $"{{'status':'final','code':{{'coding':[{{'code':'{prefix}-code'}}]}},'subject':{{'reference':'Patient/{prefix}-p'}},'encounter':{{'reference':'Encounter/{prefix}-e'}}}}");
    }

    [Fact]
    public async Task follows_a_chain_forwards_through_several_hops()
    {
        await Write("chn");
        foreach (var chain in new[] { "subject:Patient.name=chn person", "subject.name=chn", "patient.identifier=urn:id|chn", "subject:Patient.organization.name=chn clinic", "encounter.subject:Patient.identifier=chn", "subject:Patient._id=chn-p" })
            Assert.Equal("Observation/chn-o", await host.Find($"Observation?{chain}"));
        Assert.Equal("", await host.Find("Observation?subject:Patient.name=nobody"));
    }

    [Fact]
    public async Task follows_references_backwards()
    {
        await Write("has");
        Assert.Equal("Patient/has-p", await host.Find("Patient?_has:Observation:patient:code=has-code"));
        Assert.Equal("Organization/has-org", await host.Find("Organization?_has:Patient:organization:_has:Observation:patient:code=has-code"));
        Assert.Equal("", await host.Find("Patient?_has:Observation:patient:code=none"));
    }

    [Fact]
    public async Task brings_along_what_is_included_once_and_as_far_as_iterate_says()
    {
        await Write("inc");
        Assert.Equal("Observation/inc-o +Patient/inc-p +Encounter/inc-e", await host.Find("Observation?code=inc-code&_include=Observation:subject&_include=Observation:encounter"));
        Assert.Equal("Observation/inc-o +Organization/inc-org +Patient/inc-p", await host.Find("Observation?code=inc-code&_include=Observation:patient&_include:iterate=Patient:organization"));
        Assert.Equal("Observation/inc-o +Patient/inc-p", await host.Find("Observation?code=inc-code&_include=Observation:subject:Patient&_include=Patient:organization"));
        Assert.Equal("Patient/inc-p +Encounter/inc-e +Observation/inc-o", await host.Find("Patient?identifier=inc&_revinclude=Encounter:subject&_revinclude=Observation:patient"));
        Assert.Equal("Observation/inc-o +Patient/inc-p +Encounter/inc-e", await host.Find("Observation?code=inc-code&_include=Observation:*"));
    }

    [Fact]
    public async Task shows_nothing_of_a_resource_that_the_caller_may_not_see()
    {
        await Write("sec");
        var county = host.As(SearchHost.County);
        // The county hospital wrote an Observation about the other hospital's patient reference, without treating the resident.
        await host.Put("Observation/sec-c", "{'status':'final','code':{'coding':[{'code':'sec-county'}]},'device':{'reference':'Device/sec-d'}}", county);
        await host.Put("Device/sec-d", "{'lotNumber':'sec'}");
        Assert.Equal("Observation/sec-c", await host.Find("Observation?code=sec-county", county));
        Assert.Equal("Observation/sec-c", await host.Find("Observation?code=sec-county&_include=Observation:device", county));
        Assert.Equal("", await host.Find("Observation?code=sec-county&device._id=sec-d", county));
        Assert.Equal("", await host.Find("Patient?identifier=urn:id|sec", county));
        Assert.Equal("", await host.Find("Observation?code=sec-code", county));
    }

    [Fact]
    public async Task tells_a_caller_with_scopes_for_one_type_nothing_about_another()
    {
        await Write("scp");
        var narrow = host.As(SearchHost.Hospital, "system/Observation.rs");
        Assert.Equal("Observation/scp-o", await host.Find("Observation?code=scp-code&_include=Observation:subject&_revinclude=Provenance:target", narrow));
        Assert.Equal("", await host.Find("Observation?code=scp-code&subject:Patient.name=scp", narrow));
        Assert.Equal("", await host.Find("Observation?code=scp-code&subject:Patient.identifier:missing=false", narrow));
        using var patients = await narrow.GetAsync("/fhir/Patient?name=scp");
        Assert.Equal(System.Net.HttpStatusCode.Forbidden, patients.StatusCode);
    }
}
