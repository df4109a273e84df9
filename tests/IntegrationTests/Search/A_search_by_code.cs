using Health.Contracts;
using Health.Fhir.Search;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Health.IntegrationTests.Search;

[Collection(SearchTests.Name)]
public sealed class A_search_by_code(SearchHost host)
{
    /// <summary>Conditions under one tag: two codings with displays, a text alone, a code without system, nothing of a code.</summary>
    private async Task Write()
    {
        if (await host.Find("Condition?_id=cod-1") != "") return;
        await host.Put("Condition/cod-1", "{'subject':{'reference':'Patient/cod'},'meta':{'tag':[{'code':'cod'}]},'code':{'coding':[{'system':'urn:icd','code':'I10','display':'原发性高血压'},{'system':'urn:local','code':'HT','display':'Hypertension'}],'text':'高血压病'}}");
        await host.Put("Condition/cod-2", "{'subject':{'reference':'Patient/cod'},'meta':{'tag':[{'code':'cod'}]},'code':{'text':'Headache (Tension)'}}");
        await host.Put("Condition/cod-3", "{'subject':{'reference':'Patient/cod'},'meta':{'tag':[{'code':'cod'}]},'code':{'coding':[{'code':'I10'}]}}");
        await host.Put("Condition/cod-4", "{'subject':{'reference':'Patient/cod'},'meta':{'tag':[{'code':'cod'}]}}");
    }

    [Theory]
    [InlineData("code=I10", "1 3")]
    [InlineData("code=i10", "1 3")]
    [InlineData("code=urn:icd|I10", "1")]
    [InlineData("code=|I10", "3")]
    [InlineData("code=urn:local|", "1")]
    [InlineData("code=urn:icd|HT", "")]
    [InlineData("code:not=I10", "2 4")]
    [InlineData("code:not=urn:icd|I10", "2 3 4")]
    [InlineData("code:not=urn:icd|I10,|I10", "2 4")]
    [InlineData("code:missing=true", "4")]
    [InlineData("code:missing=false", "1 2 3")]
    [InlineData("code:text=原发性", "1")]
    [InlineData("code:text=高血压", "1")]
    [InlineData("code:text=hyperTENSION", "1")]
    [InlineData("code:text=head", "2")]
    [InlineData("code:text=headache (tension)", "2")]
    [InlineData("code:text=ache", "")]
    [InlineData("code:text=head,hyper", "1 2")]
    [InlineData("code:text=I10", "")]
    public async Task finds_by_system_code_and_text(string criterion, string expected)
    {
        await Write();
        Assert.Equal(expected, (await host.Find($"Condition?_tag=cod&{criterion}")).Replace("Condition/cod-", ""));
    }

    [Fact]
    public async Task finds_an_identifier_by_its_type_and_value_in_one_element()
    {
        const string V2 = "http://terminology.hl7.org/CodeSystem/v2-0203";
        await host.Put("Practitioner/typ-1", $"{{'identifier':[{{'type':{{'coding':[{{'system':'{V2}','code':'MR'}}],'text':'病案号'}},'value':'446053'}},{{'type':{{'coding':[{{'system':'{V2}','code':'SS'}}]}},'value':'777'}}]}}");
        await host.Put("Practitioner/typ-2", "{'identifier':[{'value':'446053'}]}");
        Assert.Equal("Practitioner/typ-1", await host.Find($"Practitioner?identifier:of-type={V2}|MR|446053"));
        Assert.Equal("", await host.Find($"Practitioner?identifier:of-type={V2}|SS|446053"));
        Assert.Equal("", await host.Find($"Practitioner?identifier:of-type=urn:other|MR|446053"));
        Assert.Equal("Practitioner/typ-1", await host.Find("Practitioner?identifier:text=病案"));
        Assert.Equal("Practitioner/typ-1 Practitioner/typ-2", await host.Find("Practitioner?identifier=446053"));
        Assert.Contains("all three", await host.Refused("Practitioner?identifier:of-type=MR|446053"));
    }

    [Fact]
    public async Task finds_by_the_codes_of_a_value_set_and_those_above_and_below()
    {
        const string Act = "http://terminology.hl7.org/CodeSystem/v3-ActCode";
        await host.Put("ValueSet/vsi", "{'url':'urn:vsi','status':'active','compose':{'include':[{'system':'urn:vsi-codes','concept':[{'code':'one'},{'code':'two'}]}]}}", host.Operator);
        foreach (var (id, system, code) in new[] { ("vsi-1", "urn:vsi-codes", "one"), ("vsi-2", "urn:vsi-codes", "three"), ("vsi-3", "urn:else", "two"), ("vsi-4", Act, "ACUTE"), ("vsi-5", Act, "IMP") })
            await host.Put($"Condition/{id}", $"{{'subject':{{'reference':'Patient/vsi'}},'meta':{{'tag':[{{'code':'vsi'}}]}},'code':{{'coding':[{{'system':'{system}','code':'{code}'}}]}}}}");
        await host.Put("Condition/vsi-6", "{'subject':{'reference':'Patient/vsi'},'meta':{'tag':[{'code':'vsi'}]}}");
        async Task<string> Of(string criterion) => (await host.Find($"Condition?_tag=vsi&{criterion}")).Replace("Condition/vsi-", "");
        Assert.Equal("1", await Of("code:in=urn:vsi"));
        Assert.Equal("1", await Of("code:in=ValueSet/vsi"));
        Assert.Equal("2 3 4 5 6", await Of("code:not-in=urn:vsi"));
        Assert.Equal("4 5", await Of($"code:below={Act}|IMP"));
        Assert.Equal("4", await Of($"code:below={Act}|ACUTE"));
        Assert.Equal("4 5", await Of($"code:above={Act}|ACUTE"));
        Assert.Equal("5", await Of($"code:above={Act}|IMP"));
        Assert.Equal("1", (await host.Find("Condition?_tag=vsi&_filter=code in urn:vsi")).Replace("Condition/vsi-", ""));
        Assert.Equal("Patient/vsi-p", await Patients());

        async Task<string> Patients()
        {
            await host.Put("Patient/vsi-p", "{'identifier':[{'system':'urn:vsi','value':'p'}],'gender':'female'}");
            return await host.Find("Patient?_id=vsi-p&gender:in=http://hl7.org/fhir/ValueSet/administrative-gender");
        }
    }

    [Fact]
    public async Task finds_booleans_contacts_and_plain_codes()
    {
        await host.Put("Practitioner/prm-1", "{'active':true,'gender':'female','telecom':[{'system':'phone','value':'0816-1','use':'work'},{'system':'email','value':'a@prm.test'}]}");
        foreach (var criterion in new[] { "active=true", "active=http://hl7.org/fhir/special-values|true", "active=|true", "gender=female", "gender=http://hl7.org/fhir/administrative-gender|female", "phone=0816-1", "telecom=a@prm.test", "email=A@PRM.test" })
            Assert.Equal("Practitioner/prm-1", await host.Find($"Practitioner?_id=prm-1&{criterion}"));
        foreach (var criterion in new[] { "active=false", "gender=male", "phone=a@prm.test", "active:not=true" })
            Assert.Equal("", await host.Find($"Practitioner?_id=prm-1&{criterion}"));
    }

    [Fact]
    public async Task forgets_a_text_that_was_said_of_an_erased_resident_alone()
    {
        await host.Put("Patient/ter-p", "{'identifier':[{'system':'urn:ter','value':'ter-1'}],'name':[{'text':'Ter P'}],'communication':[{'language':{'text':'Nur Terisch'}},{'language':{'text':'Allgemein'}}]}");
        await host.Put("Patient/ter-q", "{'identifier':[{'system':'urn:ter','value':'ter-2'}],'name':[{'text':'Ter Q'}],'communication':[{'language':{'text':'Allgemein'}}]}");
        Assert.Equal("Patient/ter-p", await host.Find("Patient?language:text=nur ter"));
        var before = await host.Scalar<long>("select count(*) from fhir.search_term");
        await using (var source = NpgsqlDataSource.Create(host.Host.ConnectionString))
        await using (var connection = await source.OpenConnectionAsync())
        await using (var transaction = await connection.BeginTransactionAsync())
        {
            var resident = await host.Host.Services.GetRequiredService<IResidentIndex>().ResidentOf("ter-p", default);
            await SearchIndex.PurgeResident(connection, transaction, resident!, default);
            await transaction.CommitAsync();
        }
        // One entry for every beginning of the text.
        Assert.Equal("Nur Terisch".Length, before - await host.Scalar<long>("select count(*) from fhir.search_term"));
        Assert.Equal("Patient/ter-q", await host.Find("Patient?language:text=Allgemein"));
    }
}
