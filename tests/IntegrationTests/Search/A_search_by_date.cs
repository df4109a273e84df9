namespace Health.IntegrationTests.Search;

[Collection(SearchTests.Name)]
public sealed class A_search_by_date(SearchHost host)
{
    private static readonly (string Id, string Json)[] Encounters =
    [
        ("dat-day", "'period':{'start':'2024-05-01','end':'2024-05-01'}"),
        ("dat-time", "'period':{'start':'2024-05-01T06:30:00+08:00','end':'2024-05-01T07:00:00+08:00'}"),
        ("dat-open", "'period':{'start':'2024-04-20'}"),
        ("dat-until", "'period':{'end':'2024-03-01'}"),
        ("dat-none", "'priority':{'coding':[{'code':'R'}]}"),
    ];

    /// <summary>Rows: query → which of the encounters it finds. Days have no zone: they are days of +08:00.</summary>
    public static TheoryData<string, string> Table => new()
    {
        { "2024-05-01", "dat-day dat-time" },
        { "2024-05", "dat-day dat-time" },
        { "2024", "dat-day dat-time" },
        { "2024-05-02", "" },
        { "2024-04-30", "" },
        // 06:30 in Mianyang is 22:30 of the day before in UTC: a server that thinks in UTC misses it.
        { "2024-05-01T06:30:00+08:00", "" },
        { "ge2024-05-01T06:30:00+08:00", "dat-day dat-time dat-open" },
        { "ge2024-04-30T22:30:00Z", "dat-day dat-time dat-open" },
        { "sa2024-04-30T22:00:00Z", "dat-time" },
        { "sa2024-04-30", "dat-day dat-time" },
        { "eb2024-05-02", "dat-day dat-time dat-until" },
        { "eb2024-05-01T07:00:01+08:00", "dat-time dat-until" },
        { "gt2024-05-01", "dat-open" },
        { "lt2024-05-01", "dat-open dat-until" },
        { "le2024-05-01", "dat-day dat-time dat-open dat-until" },
        { "ge2024-05-01", "dat-day dat-time dat-open" },
        { "ne2024-05-01", "dat-open dat-until" },
        { "ap2024-05-01", "dat-day dat-time dat-open dat-until" },
    };

    [Theory, MemberData(nameof(Table))]
    public async Task compares_ranges_with_their_precision_and_zone(string value, string expected)
    {
        if (await host.Find("Encounter?_id=dat-none") == "")
            foreach (var (id, json) in Encounters) await host.Put($"Encounter/{id}", $"{{'status':'finished','class':{{'code':'AMB'}},{json}}}");
        var found = await host.Find($"Encounter?_id={string.Join(',', Encounters.Select(e => e.Id))}&date={value}");
        Assert.Equal(expected, found.Replace("Encounter/", ""));
    }

    [Fact]
    public async Task joins_two_bounds_to_an_interval()
    {
        foreach (var day in new[] { "01", "02", "03" }) await host.Put($"Observation/int-{day}", $"{{'status':'final','code':{{'coding':[{{'code':'int'}}]}},'effectiveDateTime':'2023-06-{day}T23:30:00+08:00'}}");
        Assert.Equal("Observation/int-02", await host.Find("Observation?code=int&date=ge2023-06-02&date=lt2023-06-03"));
        Assert.Equal("Observation/int-01 Observation/int-03", await host.Find("Observation?code=int&date=2023-06-01,2023-06-03"));
    }
}
