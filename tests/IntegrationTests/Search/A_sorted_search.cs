namespace Health.IntegrationTests.Search;

[Collection(SearchTests.Name)]
public sealed class A_sorted_search(SearchHost host)
{
    private async Task Write()
    {
        if (await host.Find("Observation?_id=sor-1") != "") return;
        static string Quantity(string value, string unit) => $",'valueQuantity':{{'value':{value},'system':'http://unitsofmeasure.org','code':'{unit}'}}";
        await host.Put("Observation/sor-1", $"{{'meta':{{'tag':[{{'code':'sor'}}]}},'status':'final','code':{{'coding':[{{'code':'b'}}]}},'subject':{{'reference':'Patient/sor-z'}},'effectiveDateTime':'2024-01-03'{Quantity("1", "kg")}}}");
        await host.Put("Observation/sor-2", $"{{'meta':{{'tag':[{{'code':'sor'}}]}},'status':'amended','code':{{'coding':[{{'code':'a'}}]}},'subject':{{'reference':'Patient/sor-a'}},'effectiveDateTime':'2024-01-01'{Quantity("900", "g")}}}");
        await host.Put("Observation/sor-3", $"{{'meta':{{'tag':[{{'code':'sor'}}]}},'status':'final','code':{{'coding':[{{'code':'C'}}]}},'effectiveDateTime':'2024-01-02'{Quantity("2000", "g")}}}");
        await host.Put("Observation/sor-4", "{'meta':{'tag':[{'code':'sor'}]},'status':'preliminary','code':{'text':'no code'},'subject':{'reference':'Patient/sor-m'}}");
    }

    [Theory]
    [InlineData("code", "2 1 3 4")]
    [InlineData("-code", "3 1 2 4")]
    [InlineData("status,-date", "2 1 3 4")]
    [InlineData("-status,date", "4 3 1 2")]
    [InlineData("status,-_id", "2 3 1 4")]
    [InlineData("value-quantity", "2 1 3 4")]
    [InlineData("-value-quantity", "3 1 2 4")]
    [InlineData("value-quantity,code", "2 1 3 4")]
    [InlineData("subject", "2 4 1 3")]
    [InlineData("-subject", "1 4 2 3")]
    [InlineData("-date", "1 3 2 4")]
    [InlineData("date", "2 3 1 4")]
    [InlineData("-_id", "4 3 2 1")]
    public async Task by_any_parameter_is_in_order_and_has_what_lacks_it_last(string sort, string expected)
    {
        await Write();
        var whole = await host.Find($"Observation?_tag=sor&_sort={sort}");
        Assert.Equal(expected, whole.Replace("Observation/sor-", ""));
        List<string> paged = [];
        for (string? next = $"Observation?_tag=sor&_sort={sort}&_count=1&_total=accurate"; next is not null;)
        {
            var page = await host.Bundle(next);
            Assert.Equal(4, page.GetProperty("total").GetInt32());
            paged.Add(SearchHost.Names(page));
            next = SearchHost.Link(page, "next");
        }
        Assert.Equal(whole, string.Join(' ', paged));
    }

    /// <summary>The dates are walked in their order: a resource of several comes once, where its latest or earliest is, and equal ones keep their order over pages.</summary>
    [Theory]
    [InlineData("-date", "a c b e d")]
    [InlineData("date", "a c b e d")]
    public async Task by_a_date_takes_the_latest_or_the_earliest_of_several(string sort, string expected)
    {
        foreach (var (id, events) in new[] { ("a", "'2024-01-01','2024-01-09'"), ("b", "'2024-01-05'"), ("c", "'2024-01-03','2024-01-07'"), ("d", ""), ("e", "'2024-01-05'") })
        {
            var effective = events.Length == 0 ? "" : $",'effectiveTiming':{{'event':[{events}]}}";
            await host.Put($"Observation/sev-{id}", $"{{'meta':{{'tag':[{{'code':'sev'}}]}},'status':'final','code':{{'text':'x'}}{effective}}}");
        }

        foreach (var count in new[] { 1, 2, 3, 4, 5 })
        {
            List<string> paged = [];
            for (string? next = $"Observation?_tag=sev&status=final&_sort={sort}&_count={count}"; next is not null;)
            {
                var page = await host.Bundle(next);
                paged.Add(SearchHost.Names(page));
                next = SearchHost.Link(page, "next");
            }

            Assert.Equal(expected, string.Join(' ', paged).Replace("Observation/sev-", ""));
        }
    }

    [Fact]
    public async Task by_a_code_keeps_its_moment_while_others_write()
    {
        foreach (var code in new[] { "c", "a", "b" }) await host.Put($"Observation/smo-{code}", $"{{'meta':{{'tag':[{{'code':'smo'}}]}},'status':'final','code':{{'coding':[{{'code':'{code}'}}]}}}}");
        var first = await host.Bundle("Observation?_tag=smo&_sort=code&_count=2");
        await host.Put("Observation/smo-a", "{'meta':{'tag':[{'code':'smo'}]},'status':'final','code':{'coding':[{'code':'z'}]}}");
        await host.Put("Observation/smo-0", "{'meta':{'tag':[{'code':'smo'}]},'status':'final','code':{'coding':[{'code':'0'}]}}");
        Assert.Equal("Observation/smo-a Observation/smo-b", SearchHost.Names(first));
        Assert.Equal("Observation/smo-c", await host.Find(SearchHost.Link(first, "next")!));
    }

    [Theory]
    [InlineData("code-value-quantity")]
    [InlineData("nothing")]
    [InlineData("date,date,date,date,date")]
    public async Task is_refused_where_there_is_no_order(string sort) => Assert.NotEqual("", await host.Refused($"Observation?_sort={sort}"));
}
