namespace Health.IntegrationTests.Search;

[Collection(SearchTests.Name)]
public sealed class A_query_that_is_not_understood(SearchHost host)
{
    [Theory]
    [InlineData("Patient?nmae=x", "nmae")]
    [InlineData("Patient?name:sounds=x", ":sounds")]
    [InlineData("Patient?birthdate=yesterday", "yesterday")]
    [InlineData("Patient?birthdate=zz2024", "zz2024")]
    [InlineData("Observation?value-quantity=much", "much")]
    [InlineData("Observation?subject:Location.name2=x", "name2")]
    [InlineData("Observation?code.name=x", "no reference")]
    [InlineData("Patient?_has:Observation:code:code=x", "does not refer")]
    [InlineData("Patient?_include=Patient:name", "no reference parameter")]
    [InlineData("Patient?_sort=nothing", "nothing")]
    [InlineData("Patient?_count=many", "many")]
    [InlineData("Patient?active:missing=perhaps", "perhaps")]
    [InlineData("Patient?name=", "''")]
    [InlineData("Patient?nmae=x", "did you mean name")]
    [InlineData("Patient?name:contain=x", "did you mean contains")]
    [InlineData("Patient?_has:Observatoin:patient:code=x", "did you mean Observation")]
    [InlineData("Observation?code:in=urn:no-such-set", "no-such-set")]
    [InlineData("Observation?code:below=8480-6", "system|code")]
    [InlineData("Observation?code:below=urn:no-such-system|1", "no-such-system")]
    [InlineData("Observation?code:in=ValueSet/no-such-set", "no-such-set")]
    [InlineData("Observation?_query=mine", "_query")]
    [InlineData("Observation?_text=x", "not indexed")]
    [InlineData("Patient?_sort=name&_sort=birthdate", "once")]
    [InlineData("Patient?_count=1&_count=2", "once")]
    public async Task is_refused_with_its_fault_and_never_answered_unfiltered(string query, string expected) => Assert.Contains(expected, await host.Refused(query));

    [Fact]
    public async Task is_refused_with_a_list_of_what_there_is() => Assert.Contains("birthdate", await host.Refused("Patient?nmae=x"));

    [Fact]
    public async Task is_answered_by_POST_too_when_it_is_good()
    {
        await host.Put("Organization/pst-1", "{'name':'Posted name'}");
        using var answer = await host.Http.PostAsync("/fhir/Organization/_search", new FormUrlEncodedContent([new("name", "Posted name")]));
        Assert.Contains("pst-1", await answer.Content.ReadAsStringAsync());
    }
}
