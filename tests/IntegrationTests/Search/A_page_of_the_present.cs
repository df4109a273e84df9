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
}
