using System.Net;
using Health.Fhir.Search.Rebuild;
using Health.IntegrationTests.Platform;
using Microsoft.Extensions.DependencyInjection;

namespace Health.IntegrationTests.Search;

public sealed class An_index_of_an_older_format(Database database) : IAsyncLifetime
{
    private const string Query = "Observation?component-code-value-quantity=sys$7";
    private readonly SearchHost host = new(database);

    public ValueTask InitializeAsync() => host.InitializeAsync();

    public ValueTask DisposeAsync() => host.DisposeAsync();

    [Fact]
    public async Task answers_no_search_until_it_is_rebuilt_and_then_all_of_it()
    {
        await host.Put("Observation/old-1", "{'status':'final','code':{'text':'bp'},'component':[{'code':{'coding':[{'code':'sys'}]},'valueQuantity':{'value':7}}]}");
        Assert.Equal("Observation/old-1", await host.Find(Query));
        // As the version before wrote it.
        await host.Execute("update fhir.search_format set format = '1'; update fhir.search_token set item = null, text = null, value = gen_random_uuid(); update fhir.search_number set item = 9");
        var format = host.Host.Services.GetRequiredService<IndexFormat>();
        await format.Read(default);
        using (var early = await host.Http.GetAsync($"/fhir/{Query}"))
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, early.StatusCode);
            Assert.Contains("brought to the form", await early.Content.ReadAsStringAsync());
        }
        // Who watches over the platform sees it without a token: ready, for reads and writes are served, and how far the index is.
        Assert.Matches("^ready\nsearch-index: being rebuilt \\(waiting: 0 of 1\\)", await host.Host.Http.GetStringAsync("/health/ready"));
        using (var read = await host.Http.GetAsync("/fhir/Observation/old-1")) Assert.Equal(HttpStatusCode.OK, read.StatusCode);

        await format.Renew(default);
        Assert.Equal("ready\nsearch-index: caught up", await host.Host.Http.GetStringAsync("/health/ready"));
        Assert.Equal("Observation/old-1", await host.Find(Query));
        Assert.Equal(format.Current, await host.Scalar<string>("select format from fhir.search_format"));
        Assert.True((await host.Host.Services.GetRequiredService<SearchRebuild>().Run(null, default)).IsEqual);
    }
}
