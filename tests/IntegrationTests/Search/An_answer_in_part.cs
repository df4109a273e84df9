using System.Text.Json;

namespace Health.IntegrationTests.Search;

[Collection(SearchTests.Name)]
public sealed class An_answer_in_part(SearchHost host)
{
    private async Task<string> Members(string query)
    {
        var resource = (await host.Bundle(query)).GetProperty("entry")[0].GetProperty("resource");
        return string.Join(' ', resource.EnumerateObject().Select(property => property.Name));
    }

    private async Task Write(string id) => await host.Put($"Observation/{id}",
        "{'text':{'status':'generated','div':'<div xmlns=\\'http://www.w3.org/1999/xhtml\\'>x</div>'},'status':'final','code':{'text':'prt'},'valueString':'v','note':[{'text':'n'}],'bodySite':{'text':'arm'},'component':[{'code':{'text':'c'},'valueString':'w','interpretation':[{'text':'high'}],'referenceRange':[{'text':'r'}]}]}".Replace("\\'", "\\\""));

    [Fact]
    public async Task shows_the_elements_of_the_kind_of_summary()
    {
        await Write("prt-1");
        Assert.Equal("resourceType id meta text status code valueString note bodySite component", Sorted(await Members("Observation?_id=prt-1")));
        Assert.Equal("resourceType id meta status code valueString component", Sorted(await Members("Observation?_id=prt-1&_summary=true")));
        Assert.Equal("resourceType id meta text status code", Sorted(await Members("Observation?_id=prt-1&_summary=text")));
        Assert.Equal("resourceType id meta status code valueString note bodySite component", Sorted(await Members("Observation?_id=prt-1&_summary=data")));
        Assert.Equal("resourceType id meta status code valueString", Sorted(await Members("Observation?_id=prt-1&_elements=value")));
        var component = (await host.Bundle("Observation?_id=prt-1&_summary=true")).GetProperty("entry")[0].GetProperty("resource").GetProperty("component")[0];
        Assert.Equal("code valueString", string.Join(' ', component.EnumerateObject().Select(property => property.Name)));
    }

    [Theory]
    [InlineData("_summary=true")]
    [InlineData("_summary=text")]
    [InlineData("_summary=data")]
    [InlineData("_elements=status")]
    public async Task is_marked_so_that_nobody_writes_it_back(string part)
    {
        await Write("prt-2");
        var resource = (await host.Bundle($"Observation?_id=prt-2&{part}")).GetProperty("entry")[0].GetProperty("resource");
        Assert.Equal("SUBSETTED", resource.GetProperty("meta").GetProperty("tag")[0].GetProperty("code").GetString());
    }

    [Fact]
    public async Task of_count_is_the_number_alone()
    {
        await Write("prt-3");
        var bundle = await host.Bundle("Observation?_id=prt-3&_summary=count");
        Assert.Equal(1, bundle.GetProperty("total").GetInt32());
        Assert.False(bundle.TryGetProperty("entry", out _));
    }

    [Theory]
    [InlineData("_summary=some", "true, text, data, count or false")]
    [InlineData("_elements=valeu", "did you mean value")]
    [InlineData("_elements=", "names elements")]
    [InlineData("_contained=true", "not indexed")]
    [InlineData("_contained=perhaps", "false, true or both")]
    public async Task is_refused_where_it_is_no_part(string query, string expected) => Assert.Contains(expected, await host.Refused($"Observation?{query}"));

    [Fact]
    public async Task to_a_lenient_caller_says_what_it_passed_over()
    {
        await host.Put("Organization/len-1", "{'name':'Lenient clinic'}");
        using var asked = new HttpRequestMessage(HttpMethod.Get, "/fhir/Organization?name=lenient&nmae=x&name:sounds=y");
        asked.Headers.Add("Prefer", "handling=lenient");
        using var answer = await host.Http.SendAsync(asked);
        var bundle = JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
        Assert.Equal(["match", "outcome"], bundle.GetProperty("entry").EnumerateArray().Select(entry => entry.GetProperty("search").GetProperty("mode").GetString()));
        var issues = bundle.GetProperty("entry")[1].GetProperty("resource").GetProperty("issue");
        Assert.Equal(2, issues.GetArrayLength());
        Assert.Contains("nmae", issues[0].GetProperty("diagnostics").GetString());
        Assert.EndsWith("/fhir/Organization?name=lenient", SearchHost.Link(bundle, "self"));

        using var wrong = new HttpRequestMessage(HttpMethod.Get, "/fhir/Organization?_lastUpdated=never");
        wrong.Headers.Add("Prefer", "handling=lenient");
        using var refused = await host.Http.SendAsync(wrong);
        Assert.Equal(System.Net.HttpStatusCode.BadRequest, refused.StatusCode);
    }

    private static string Sorted(string members) => string.Join(' ', members.Split(' ').OrderBy(name => Array.IndexOf(Order, name)));

    private static readonly string[] Order = ["resourceType", "id", "meta", "text", "status", "code", "valueString", "note", "bodySite", "component"];
}
