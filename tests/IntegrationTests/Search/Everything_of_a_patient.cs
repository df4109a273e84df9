using System.Net;
using Health.Contracts;
using Microsoft.Extensions.DependencyInjection;

namespace Health.IntegrationTests.Search;

[Collection(SearchTests.Name)]
public sealed class Everything_of_a_patient(SearchHost host)
{
    private static string IdNumber(string digits) => digits + ResidentIdNumber.CheckCharacter(digits);

    private async Task Write(string prefix, string number)
    {
        var county = host.As(SearchHost.County);
        var person = $"{{'identifier':[{{'system':'{IdentifierSystems.ResidentId}','value':'{number}'}}],'name':[{{'text':'全录一人'}}],'gender':'male','birthDate':'1980-01-01'}}";
        await host.Put($"Organization/{prefix}-org", "{'name':'Everything org'}");
        await host.Put($"Patient/{prefix}-a", person);
        await host.Put($"Encounter/{prefix}-ea", $"{{'status':'finished','class':{{'code':'AMB'}},'subject':{{'reference':'Patient/{prefix}-a'}},'serviceProvider':{{'reference':'Organization/{prefix}-org'}}}}");
        await host.Put($"Patient/{prefix}-b", person, county);
        await host.Put($"Observation/{prefix}-ob", $"{{'status':'final','code':{{'text':'x'}},'subject':{{'reference':'Patient/{prefix}-b'}}}}", county);
    }

    [Fact]
    public async Task is_one_record_across_institutions_and_shows_the_link()
    {
        await Write("evr", IdNumber("51079919800101011"));
        var bundle = await host.Bundle("Patient/evr-a/$everything");
        Assert.Equal("Patient/evr-a Encounter/evr-ea Patient/evr-b Observation/evr-ob +Organization/evr-org", SearchHost.Names(bundle));
        var link = bundle.GetProperty("entry")[0].GetProperty("resource").GetProperty("link")[0];
        Assert.Equal(("Patient/evr-b", "seealso"), (link.GetProperty("other").GetProperty("reference").GetString(), link.GetProperty("type").GetString()));
        Assert.Equal("Encounter/evr-ea +Organization/evr-org", await host.Find("Patient/evr-b/$everything?_type=Encounter,Organization"));
        Assert.Equal("", await host.Find("Patient/evr-a/$everything?_since=2100-01-01T00:00:00Z"));
    }

    [Fact]
    public async Task comes_in_pages_and_leaves_a_fact_of_the_resident()
    {
        await Write("evp", IdNumber("51079919800101013"));
        List<string> all = [];
        for (var next = "Patient/evp-a/$everything?_count=3&_type=Patient,Encounter,Observation"; next is not null;)
        {
            var page = await host.Bundle(next);
            all.Add(SearchHost.Names(page));
            next = SearchHost.Link(page, "next");
        }
        Assert.Equal("Patient/evp-a Encounter/evp-ea Patient/evp-b | Observation/evp-ob", string.Join(" | ", all));
        var resident = await host.Host.Services.GetRequiredService<IResidentIndex>().ResidentOf("evp-a", default);
        var facts = await host.Host.Services.GetRequiredService<IAccessLog>().OfResident(resident!, 50, default);
        Assert.Equal(2, facts.Count(entry => entry.Fact is { Interaction: "everything", Action: "E", Target: "Patient/evp-a" }));
    }

    [Fact]
    public async Task is_not_there_for_who_does_not_treat_the_resident_and_limited_to_the_types_of_the_scope()
    {
        await Write("evs", IdNumber("51079919800101015"));
        using var stranger = await host.As(SearchHost.Centre).GetAsync("/fhir/Patient/evs-a/$everything");
        Assert.Equal(HttpStatusCode.NotFound, stranger.StatusCode);
        Assert.Equal("Patient/evs-a Patient/evs-b", await host.Find("Patient/evs-a/$everything", host.As(SearchHost.Hospital, "system/Patient.rs")));
    }
}
