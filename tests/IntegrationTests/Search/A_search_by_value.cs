namespace Health.IntegrationTests.Search;

[Collection(SearchTests.Name)]
public sealed class A_search_by_value(SearchHost host)
{
    [Fact]
    public async Task finds_tokens_in_every_form_and_without_regard_to_case()
    {
        await host.Put("Organization/tok-1", "{'identifier':[{'system':'urn:a','value':'X-17'}],'active':true}");
        await host.Put("Organization/tok-2", "{'identifier':[{'system':'urn:b','value':'X-17'}],'active':false}");
        await host.Put("Organization/tok-3", "{'identifier':[{'value':'X-17'}]}");
        Assert.Equal("Organization/tok-1 Organization/tok-2 Organization/tok-3", await host.Find("Organization?identifier=x-17"));
        Assert.Equal("Organization/tok-1", await host.Find("Organization?identifier=urn:a|X-17"));
        Assert.Equal("Organization/tok-3", await host.Find("Organization?identifier=|X-17"));
        Assert.Equal("Organization/tok-2", await host.Find("Organization?identifier=urn:b|"));
        Assert.Equal("Organization/tok-1 Organization/tok-2", await host.Find("Organization?identifier=urn:a|X-17,urn:b|X-17"));
        Assert.Equal("Organization/tok-1", await host.Find("Organization?identifier=X-17&active=true"));
    }

    [Fact]
    public async Task with_not_also_finds_what_has_no_value_and_missing_tells_the_two_apart()
    {
        foreach (var (id, active) in new[] { ("not-1", "'active':true,"), ("not-2", "'active':false,"), ("not-3", "") })
            await host.Put($"Organization/{id}", $"{{{active}'name':'Not Clinic'}}");
        Assert.Equal("Organization/not-2 Organization/not-3", await host.Find("Organization?name=not clinic&active:not=true"));
        Assert.Equal("Organization/not-3", await host.Find("Organization?name=not clinic&active:missing=true"));
        Assert.Equal("Organization/not-1 Organization/not-2", await host.Find("Organization?name=not clinic&active:missing=false"));
    }

    [Fact]
    public async Task finds_names_by_their_beginning_folded_and_Chinese_as_it_is()
    {
        await host.Put("Practitioner/str-1", "{'name':[{'family':'Müller','given':['Zoë']}]}");
        await host.Put("Practitioner/str-2", "{'name':[{'family':'欧阳','given':['小明']}]}");
        await host.Put("Practitioner/str-3", "{'name':[{'text':'ＭＵＬＬＥＲＩＮ'}]}");
        Assert.Equal("Practitioner/str-1 Practitioner/str-3", await host.Find("Practitioner?name=MULLER"));
        Assert.Equal("Practitioner/str-2", await host.Find("Practitioner?name=欧阳小"));
        Assert.Equal("", await host.Find("Practitioner?name=小明&family=小"));
        Assert.Equal("Practitioner/str-1", await host.Find("Practitioner?family:exact=Müller"));
        Assert.Equal("", await host.Find("Practitioner?family:exact=muller"));
        Assert.Equal("Practitioner/str-3", await host.Find("Practitioner?name:contains=lleri"));
        Assert.Equal("Practitioner/str-1", await host.Find("Practitioner?given=zoe"));
    }

    [Fact]
    public async Task reads_a_comma_that_is_escaped_as_part_of_the_value()
    {
        await host.Put("Organization/esc-1", "{'name':'Esc, East'}");
        await host.Put("Organization/esc-2", "{'name':'Esc West'}");
        Assert.Equal("Organization/esc-1", await host.Find(@"Organization?name=Esc\, East"));
        Assert.Equal("Organization/esc-1 Organization/esc-2", await host.Find("Organization?name=Esc\\,,Esc West"));
    }

    [Fact]
    public async Task finds_references_in_every_form()
    {
        await host.Put("Patient/ref-p", "{'identifier':[{'system':'urn:p','value':'ref-p'}]}");
        await host.Put("Encounter/ref-1", "{'status':'finished','class':{'code':'AMB'},'subject':{'reference':'Patient/ref-p'}}");
        await host.Put("Encounter/ref-2", "{'status':'finished','class':{'code':'AMB'},'subject':{'identifier':{'system':'urn:x','value':'ref-q'}}}");
        await host.Put("Encounter/ref-3", "{'status':'finished','class':{'code':'AMB'},'subject':{'reference':'http://elsewhere.test/fhir/Patient/ref-p'}}");
        foreach (var form in new[] { "subject=Patient/ref-p", "subject=ref-p", "subject:Patient=ref-p", "patient=ref-p", "subject=Patient/ref-p,Patient/none" })
            Assert.Equal("Encounter/ref-1", await host.Find($"Encounter?{form}"));
        Assert.Equal("Encounter/ref-2", await host.Find("Encounter?subject:identifier=urn:x|ref-q"));
        Assert.Equal("Encounter/ref-3", await host.Find("Encounter?subject=http://elsewhere.test/fhir/Patient/ref-p"));
        Assert.Equal("", await host.Find("Encounter?subject=Group/ref-p"));
    }

    [Fact]
    public async Task compares_numbers_and_quantities_by_their_precision_and_unit()
    {
        foreach (var (id, value, code) in new[] { ("qty-1", "5.4", "mg"), ("qty-2", "5.44", "mg"), ("qty-3", "0.0054", "g"), ("qty-4", "6", "mmol") })
            await host.Put($"Observation/{id}", $"{{'status':'final','code':{{'text':'qty'}},'valueQuantity':{{'value':{value},'system':'http://unitsofmeasure.org','code':'{code}','unit':'{code}'}}}}");
        Assert.Equal("Observation/qty-1 Observation/qty-2 Observation/qty-3", await host.Find("Observation?value-quantity=5.4|http://unitsofmeasure.org|mg"));
        Assert.Equal("Observation/qty-1 Observation/qty-3", await host.Find("Observation?value-quantity=5.40|http://unitsofmeasure.org|mg"));
        Assert.Equal("Observation/qty-2", await host.Find("Observation?value-quantity=gt5.4||mg"));
        Assert.Equal("Observation/qty-4", await host.Find("Observation?value-quantity=ge5.9&_id=qty-1,qty-2,qty-3,qty-4"));
        Assert.Equal("Observation/qty-1 Observation/qty-2", await host.Find("Observation?value-quantity=lt5.5||mg"));
    }

    [Fact]
    public async Task finds_what_every_resource_has()
    {
        await host.Put("Organization/all-1", "{'meta':{'tag':[{'system':'urn:t','code':'red'}],'profile':['http://profile.test/a/b'],'security':[{'code':'R'}],'source':'urn:src'},'name':'all'}");
        foreach (var query in new[] { "_id=all-1", "_tag=urn:t|red", "_profile=http://profile.test/a/b", "_profile:below=http://profile.test/a", "_security=R", "_source=urn:src", "_id=all-1&_lastUpdated=gt2020" })
            Assert.Equal("Organization/all-1", await host.Find($"Organization?{query}"));
        Assert.Equal("", await host.Find("Organization?_id=all-1&_lastUpdated=lt2020"));
    }

    [Fact]
    public async Task forgets_the_old_values_of_a_changed_and_all_values_of_a_deleted_resource()
    {
        await host.Put("Organization/old-1", "{'name':'Old Name'}");
        await host.Put("Organization/old-1", "{'name':'New Name'}");
        Assert.Equal("", await host.Find("Organization?name=Old Name"));
        Assert.Equal("Organization/old-1", await host.Find("Organization?name=New Name"));
        using var deleted = await host.Http.DeleteAsync("/fhir/Organization/old-1");
        Assert.Equal("", await host.Find("Organization?name=New Name"));
        Assert.Equal(0, await host.Scalar<long>("select count(*) from fhir.search_string s join fhir.resource r using (rid) where r.id = 'old-1'"));
    }
}
