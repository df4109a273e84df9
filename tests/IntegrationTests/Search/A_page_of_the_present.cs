using System.Net;
using System.Text;
using System.Text.Json;
using System.Xml.Linq;

namespace Health.IntegrationTests.Search;

/// <summary>The first page comes in one statement, bodies included, except the great ones, which are read when they are written.</summary>
[Collection(SearchTests.Name)]
public sealed class A_page_of_the_present(SearchHost host)
{
    [Fact]
    public async Task shows_great_and_small_resources_in_their_order()
    {
        await host.Put("Organization/pp-1", "{'name':'Pagepresent one'}");
        await host.Put("Organization/pp-2", $"{{'name':'Pagepresent two','alias':['{new string('x', 60_000)}']}}");
        await host.Put("Organization/pp-3", "{'name':'Pagepresent three'}");
        var bundle = await host.Bundle("Organization?name=pagepresent");
        Assert.Equal("Organization/pp-1 Organization/pp-2 Organization/pp-3", SearchHost.Names(bundle));
        Assert.Equal(60_000, bundle.GetProperty("entry")[1].GetProperty("resource").GetProperty("alias")[0].GetString()!.Length);
    }

    [Fact]
    public async Task of_one_code_holds_each_resource_once_and_goes_on_behind_the_last()
    {
        for (var i = 1; i <= 5; i++)
            await host.Put($"Organization/pc-{i}", "{'name':'Code','type':[{'coding':[{'system':'urn:pc','code':'one'},{'system':'urn:pc','code':'two'}]},{'coding':[{'system':'urn:pc','code':'one'}]}]}");
        Assert.Equal("Organization/pc-1 Organization/pc-2 Organization/pc-3 Organization/pc-4 Organization/pc-5", await host.Find("Organization?type=urn:pc|one"));
        var page = await host.Bundle("Organization?type=urn:pc|one&_count=2");
        Assert.Equal("Organization/pc-1 Organization/pc-2", SearchHost.Names(page));
        var next = page.GetProperty("link").EnumerateArray().Single(link => link.GetProperty("relation").GetString() == "next").GetProperty("url").GetString()!;
        await host.Put("Organization/pc-0", "{'name':'Code','type':[{'coding':[{'system':'urn:pc','code':'one'}]}]}");
        Assert.Equal("Organization/pc-3 Organization/pc-4", SearchHost.Names(await host.Bundle(next[(next.IndexOf("/fhir/", StringComparison.Ordinal) + 6)..])));
        Assert.Equal(6, (await host.Bundle("Organization?type=urn:pc|one&_summary=count")).GetProperty("total").GetInt64());
    }

    [Fact]
    public async Task of_many_is_sent_while_it_is_read_and_whole_in_other_formats()
    {
        const int many = 130;
        var entries = Enumerable.Range(0, many).Select(i =>
            $"{{\"resource\":{{\"resourceType\":\"Organization\",\"id\":\"pm-{i:000}\",\"name\":\"Pagemany\"}},\"request\":{{\"method\":\"PUT\",\"url\":\"Organization/pm-{i:000}\"}}}}");
        using var bundle = new StringContent($"{{\"resourceType\":\"Bundle\",\"type\":\"transaction\",\"entry\":[{string.Join(',', entries)}]}}", Encoding.UTF8, "application/fhir+json");
        using (var written = await host.Http.PostAsync("/fhir", bundle)) Assert.Equal(HttpStatusCode.OK, written.StatusCode);

        using var answer = await host.Http.GetAsync("/fhir/Organization?name=pagemany&_count=200", HttpCompletionOption.ResponseHeadersRead);
        Assert.Null(answer.Content.Headers.ContentLength);
        Assert.Equal("application/fhir+json", answer.Content.Headers.ContentType!.MediaType);
        var page = JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
        Assert.Equal(many, page.GetProperty("total").GetInt32());
        Assert.Equal(Enumerable.Range(0, many).Select(i => $"pm-{i:000}"), page.GetProperty("entry").EnumerateArray().Select(entry => entry.GetProperty("resource").GetProperty("id").GetString()!).Order(StringComparer.Ordinal));

        using var xml = await host.Http.GetAsync("/fhir/Organization?name=pagemany&_count=200&_format=xml");
        Assert.Equal(many, XDocument.Parse(await xml.Content.ReadAsStringAsync()).Descendants().Count(element => element.Name.LocalName == "Organization"));
        using var head = await host.Http.SendAsync(new HttpRequestMessage(HttpMethod.Head, "/fhir/Organization?name=pagemany&_count=200"));
        Assert.True(head.Content.Headers.ContentLength > 10_000);
    }
}
