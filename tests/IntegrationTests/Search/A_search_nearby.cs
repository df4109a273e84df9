namespace Health.IntegrationTests.Search;

[Collection(SearchTests.Name)]
public sealed class A_search_nearby(SearchHost host)
{
    private async Task Write()
    {
        if (await host.Find("Location?_id=nea-1") != "") return;
        foreach (var (id, latitude, longitude) in new[] { ("nea-1", "31.4640", "104.7410"), ("nea-2", "31.4730", "104.7700"), ("nea-3", "31.0955", "105.0905"), ("nea-4", "-17.0", "179.99"), ("nea-5", "-17.0", "-179.99"), ("nea-6", "89.99", "10") })
            await host.Put($"Location/{id}", $"{{'position':{{'latitude':{latitude},'longitude':{longitude}}}}}");
        await host.Put("Location/nea-7", "{'name':'nowhere'}");
    }

    [Theory]
    [InlineData("31.4640|104.7410|1|km", "1")]
    [InlineData("31.4640|104.7410|3|km", "1 2")]
    [InlineData("31.4640|104.7410|2900|m", "1")]
    [InlineData("31.4640|104.7410|2930|m", "1 2")]
    [InlineData("31.4640|104.7410|2|mi", "1 2")]
    [InlineData("31.4640|104.7410|53", "1 2 3")]
    [InlineData("31.4640|104.7410", "1 2")]
    [InlineData("-17|180|2|km", "4 5")]
    [InlineData("89.99|-170|3|km", "6")]
    [InlineData("31.4640|104.7410|0.1|km,-17|179.99|0.1|km", "1 4")]
    public async Task measures_the_great_circle(string near, string expected)
    {
        await Write();
        Assert.Equal(expected, (await host.Find($"Location?_id=nea-1,nea-2,nea-3,nea-4,nea-5,nea-6,nea-7&near={near}")).Replace("Location/nea-", ""));
    }

    [Theory]
    [InlineData("31.5")]
    [InlineData("91|0|1|km")]
    [InlineData("31|104|1|parsec")]
    [InlineData("31|104|-1|km")]
    public async Task is_refused_when_it_names_no_place(string near) => Assert.Contains("latitude|longitude", await host.Refused($"Location?near={near}"));
}
