namespace Health.IntegrationTests.Search;

[Collection(SearchTests.Name)]
public sealed class A_filter(SearchHost host)
{
    private async Task Write()
    {
        if (await host.Find("Patient?_id=fil-1") != "") return;
        await host.Put("Organization/fil-o", "{'name':'Filter Clinic'}");
        await host.Put("Patient/fil-1", "{'meta':{'tag':[{'code':'fil'}]},'identifier':[{'system':'urn:f','value':'1'}],'name':[{'text':'Filter Peter'}],'gender':'male','birthDate':'1980-05-01','managingOrganization':{'reference':'Organization/fil-o'}}");
        await host.Put("Patient/fil-2", "{'meta':{'tag':[{'code':'fil'}]},'identifier':[{'system':'urn:f','value':'2'}],'name':[{'text':'Filter Peterson, Anna'}],'gender':'female','birthDate':'1990-05-01'}");
        await host.Put("Patient/fil-3", "{'meta':{'tag':[{'code':'fil'}]},'identifier':[{'system':'urn:f','value':'3'}],'name':[{'text':'过滤 张三'}],'birthDate':'2000'}");
    }

    [Theory]
    [InlineData("gender eq male", "1")]
    [InlineData("gender ne male", "2")]
    [InlineData("not (gender eq male)", "2 3")]
    [InlineData("gender eq http://hl7.org/fhir/administrative-gender|female", "2")]
    [InlineData("name eq \"filter peter\"", "1")]
    [InlineData("name sw \"filter peter\"", "1 2")]
    [InlineData("name ew \"anna\"", "2")]
    [InlineData("name co \"peterson, \"", "2")]
    [InlineData("name co 张", "3")]
    [InlineData("birthdate gt 1985", "2 3")]
    [InlineData("birthdate ge 1990-05-01 and birthdate lt 2000", "2")]
    [InlineData("gender eq male or birthdate eq 2000", "1 3")]
    [InlineData("gender eq male and name co anna or birthdate eq 2000", "3")]
    [InlineData("gender eq male and (name co anna or birthdate eq 1980)", "1")]
    [InlineData("(gender pr false)", "3")]
    [InlineData("gender pr true and not(name co anna)", "1")]
    [InlineData("organization.name sw filter", "1")]
    [InlineData("organization.name eq filter", "")]
    [InlineData("organization re Organization/fil-o", "1")]
    [InlineData("_id eq fil-2", "2")]
    [InlineData("identifier eq urn:f|3", "3")]
    public async Task means_the_same_as_criteria_joined_by_logic(string filter, string expected)
    {
        await Write();
        Assert.Equal(expected, (await host.Find($"Patient?_tag=fil&_filter={Uri.EscapeDataString(filter)}")).Replace("Patient/fil-", ""));
    }

    [Theory]
    [InlineData("gender", "character 7")]
    [InlineData("gender eq", "character 10")]
    [InlineData("gender is male", "operator 'is'")]
    [InlineData("gender gt male", "no meaning for the token parameter gender")]
    [InlineData("nmae eq x", "no meaning for the unknown parameter nmae")]
    [InlineData("(gender eq male", "')' is missing")]
    [InlineData("gender eq male gender eq female", "left over")]
    [InlineData("name co \"x", "quotation mark")]
    [InlineData("not gender eq male", "parentheses")]
    [InlineData("birthdate gt 1980 and birthdate lt never", "character 23")]
    [InlineData("related[type eq x].target pr true", "brackets")]
    [InlineData("((((((((((((((((((gender eq male))))))))))))))))))", "nested")]
    public async Task that_is_wrong_is_refused_with_the_place(string filter, string expected) => Assert.Contains(expected, await host.Refused($"Patient?_filter={Uri.EscapeDataString(filter)}"));
}
