using System.Net;

namespace Health.IntegrationTests.Search;

[Collection(SearchTests.Name)]
public sealed class A_page(SearchHost host)
{
    private Task Observation(string id, string code, string day, string value = "1") =>
        host.Put($"Observation/{id}", $"{{'status':'final','code':{{'coding':[{{'code':'{code}'}}]}},'effectiveDateTime':'{day}','valueQuantity':{{'value':{value}}}}}");

    [Fact]
    public async Task is_of_the_moment_of_the_first_whatever_is_written_meanwhile()
    {
        for (var i = 1; i <= 7; i++) await Observation($"pag-{i}", "pag", $"2024-01-0{i}");
        var first = await host.Bundle("Observation?code=pag&_sort=-date&_count=3");
        Assert.Equal("Observation/pag-7 Observation/pag-6 Observation/pag-5", SearchHost.Names(first));

        await Observation("pag-8", "pag", "2024-01-04");
        await Observation("pag-2", "pag", "2024-02-01");
        await Observation("pag-3", "other", "2024-01-03");
        using (await host.Http.DeleteAsync("/fhir/Observation/pag-1")) { }

        var second = await host.Bundle(SearchHost.Link(first, "next")!);
        Assert.Equal("Observation/pag-4 Observation/pag-3 Observation/pag-2", SearchHost.Names(second));
        Assert.Contains("2024-01-02", second.ToString());
        var third = await host.Bundle(SearchHost.Link(second, "next")!);
        Assert.Equal("Observation/pag-1", SearchHost.Names(third));
        Assert.Null(SearchHost.Link(third, "next"));
        Assert.Equal("Observation/pag-2 Observation/pag-7 Observation/pag-6 Observation/pag-5 Observation/pag-4 Observation/pag-8", (await host.Find("Observation?code=pag&_sort=-date")));
    }

    [Fact]
    public async Task goes_on_in_order_by_several_keys_with_missing_values_last()
    {
        await Observation("srt-1", "srt", "2024-01-02", "5");
        await Observation("srt-2", "srt", "2024-01-01", "5");
        await Observation("srt-3", "srt", "2024-01-01", "7");
        await host.Put("Observation/srt-4", "{'status':'final','code':{'coding':[{'code':'srt'}]},'effectiveDateTime':'2024-01-03'}");
        List<string> all = [];
        for (var next = "Observation?code=srt&_sort=-value-quantity,date&_count=1"; next is not null;)
        {
            var page = await host.Bundle(next);
            all.Add(SearchHost.Names(page));
            next = SearchHost.Link(page, "next");
        }
        Assert.Equal("Observation/srt-3 Observation/srt-2 Observation/srt-1 Observation/srt-4", string.Join(' ', all));
    }

    [Fact]
    public async Task sorts_by_name_id_and_last_change()
    {
        foreach (var (id, name) in new[] { ("nam-2", "Sorted b"), ("nam-1", "Sorted c"), ("nam-3", "Sorted Á") }) await host.Put($"Organization/{id}", $"{{'name':'{name}'}}");
        Assert.Equal("Organization/nam-3 Organization/nam-2 Organization/nam-1", await host.Find("Organization?name=sorted&_sort=name"));
        Assert.Equal("Organization/nam-3 Organization/nam-2 Organization/nam-1", await host.Find("Organization?name=sorted&_sort=-_id"));
        Assert.Equal("Organization/nam-3 Organization/nam-1 Organization/nam-2", await host.Find("Organization?name=sorted&_sort=-_lastUpdated"));
        Assert.Equal("Organization/nam-2 Organization/nam-1 Organization/nam-3", await host.Find("Organization?name=sorted"));
    }

    [Fact]
    public async Task is_refused_when_its_token_was_changed_or_is_used_by_another()
    {
        for (var i = 0; i < 3; i++) await Observation($"tok-{i}", "tkn", "2024-01-01");
        var next = SearchHost.Link(await host.Bundle("Observation?code=tkn&_count=1"), "next")!;
        var changed = next[..^3] + (next.EndsWith("AAA", StringComparison.Ordinal) ? "BBB" : "AAA");
        foreach (var (url, http) in new[] { (changed, host.Http), (next.Replace("code=tkn", "code=pag"), host.Http), (next, host.As(SearchHost.County)) })
        {
            using var answer = await http.GetAsync(url);
            Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        }
        Assert.Equal("Observation/tok-1", await host.Find(next));
    }

    [Fact]
    public async Task tells_the_number_of_matches_when_asked()
    {
        for (var i = 0; i < 4; i++) await Observation($"cnt-{i}", "cnt", "2024-01-01");
        Assert.Equal(4, (await host.Bundle("Observation?code=cnt&_total=accurate&_count=1")).GetProperty("total").GetInt64());
        var count = await host.Bundle("Observation?code=cnt&_summary=count");
        Assert.Equal((4, false), (count.GetProperty("total").GetInt64(), count.TryGetProperty("entry", out _)));
        Assert.False((await host.Bundle("Observation?code=cnt&_count=1")).TryGetProperty("total", out _));
    }

    [Fact]
    public async Task holds_only_the_elements_asked_for_and_the_mandatory_ones()
    {
        await Observation("elm-1", "elm", "2024-01-01");
        var resource = (await host.Bundle("Observation?code=elm&_elements=value")).GetProperty("entry")[0].GetProperty("resource");
        Assert.Equal("resourceType id meta status code valueQuantity", string.Join(' ', resource.EnumerateObject().Select(p => p.Name).OrderBy(n => "resourceType id meta status code valueQuantity".IndexOf(n, StringComparison.Ordinal))));
        Assert.Equal("SUBSETTED", resource.GetProperty("meta").GetProperty("tag")[0].GetProperty("code").GetString());
    }
}
