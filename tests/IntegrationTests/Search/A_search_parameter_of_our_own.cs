using System.Diagnostics;
using System.Net;
using System.Text;
using System.Text.Json;
using Health.Fhir.Search.Rebuild;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Health.IntegrationTests.Search;

[Collection(SearchTests.Name)]
public sealed class A_search_parameter_of_our_own(SearchHost host)
{
    private static string Definition(string code, string type, string expression, string @base = "Organization", string more = "") =>
        $"{{'url':'urn:sp:{code}','name':'{code}','status':'active','description':'d','code':'{code}','base':['{@base}'],'type':'{type}','expression':\"{expression}\"{more}}}";

    private async Task<(HttpStatusCode Status, string Body)> Define(string id, string json, HttpClient? http = null)
    {
        var body = $"{{\"resourceType\":\"SearchParameter\",\"id\":\"{id}\",{json.Replace('\'', '"')[1..]}".Replace("[[", "'").Replace("]]", "'");
        using var answer = await (http ?? host.Operator).PutAsync($"/fhir/SearchParameter/{id}", new StringContent(body, Encoding.UTF8, "application/fhir+json"));
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    /// <summary>Asks until the answer is not "being indexed" or "unknown" any more.</summary>
    private async Task<string> Answered(string query)
    {
        var watch = Stopwatch.StartNew();
        while (true)
        {
            using var answer = await host.Http.GetAsync($"/fhir/{query}");
            var text = await answer.Content.ReadAsStringAsync();
            if (answer.IsSuccessStatusCode) return SearchHost.Names(JsonDocument.Parse(text).RootElement);
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(60), text);
        }
    }

    [Fact]
    public async Task indexes_what_was_there_and_what_comes_in_every_version()
    {
        const string Floor = "'extension':[{'url':'urn:floor','valueString':'Third Floor'}],";
        await host.Put("Organization/own-1", $"{{{Floor}'name':'before'}}");
        await host.Put("Organization/own-2", $"{{{Floor}'name':'changed later'}}");
        await host.Put("Organization/own-2", "{'name':'changed later'}");
        await host.Put("Organization/own-3", "{'name':'without'}");
        var before = await host.Scalar<long>("select max(seq_id) from events.mt_events") - 2;
        Assert.Contains("floor", await host.Refused("Organization?floor=third"));
        var (status, body) = await Define("own-floor", Definition("floor", "string", "Organization.extension([[urn:floor]]).value.ofType(string)"));
        Assert.True(status == HttpStatusCode.Created, body);
        Assert.Equal("Organization/own-1", await Answered("Organization?floor=third"));
        await host.Put("Organization/own-4", $"{{{Floor}'name':'after'}}");
        Assert.Equal("Organization/own-1 Organization/own-4", await host.Find("Organization?floor=third fl"));
        Assert.Equal("Organization/own-1 Organization/own-2", await host.Find($"Organization?floor:exact=Third Floor&_asOf={before}"));
        Assert.Equal("Organization/own-4 Organization/own-1", await host.Find("Organization?floor:missing=false&_sort=-floor,-_id"));
        Assert.Contains("\"name\":\"floor\"", await host.Http.GetStringAsync("/fhir/metadata"));
        var report = await host.Host.Services.GetRequiredService<SearchRebuild>().Run(null, default);
        Assert.True(report.IsEqual, string.Join(' ', report.Different));
        Assert.Equal("Organization/own-1 Organization/own-4", await host.Find("Organization?floor=third fl"));

        using (var deleted = await host.Operator.DeleteAsync("/fhir/SearchParameter/own-floor")) Assert.True(deleted.IsSuccessStatusCode);
        var watch = Stopwatch.StartNew();
        while (await host.Scalar<long>("select count(*) from fhir.search_string s join fhir.search_key k on k.id = s.key where k.param = 'floor'") > 0) Assert.True(watch.Elapsed < TimeSpan.FromSeconds(60));
        Assert.Contains("floor", await host.Refused("Organization?floor=third"));
        Assert.True((await host.Host.Services.GetRequiredService<SearchRebuild>().Run(null, default)).IsEqual);
    }

    [Fact]
    public async Task answers_with_its_progress_until_it_is_indexed()
    {
        await host.Put("Location/prg-1", "{'position':{'latitude':31,'longitude':104,'altitude':480}}");
        await using var source = NpgsqlDataSource.Create(host.Host.ConnectionString);
        await using var connection = await source.OpenConnectionAsync();
        await using (var transaction = await connection.BeginTransactionAsync())
        {
            // The rows of the parameter cannot be written while this is held; nothing else of the test needs them.
            await using (var hold = new NpgsqlCommand("lock table fhir.search_number in share mode", connection, transaction)) await hold.ExecuteNonQueryAsync();
            var (status, body) = await Define("prg-altitude", Definition("altitude", "number", "Location.position.altitude", "Location"));
            Assert.True(status == HttpStatusCode.Created, body);
            var watch = Stopwatch.StartNew();
            HttpStatusCode answered;
            string text;
            do
            {
                using var answer = await host.Http.GetAsync("/fhir/Location?altitude=gt400");
                (answered, text) = (answer.StatusCode, await answer.Content.ReadAsStringAsync());
                Assert.True(watch.Elapsed < TimeSpan.FromSeconds(60), text);
            }
            while (answered == HttpStatusCode.BadRequest);
            Assert.Equal(HttpStatusCode.ServiceUnavailable, answered);
            Assert.Contains("0 of ", text);
            Assert.Contains("urn:health:extension:search-parameter-indexing", await host.Http.GetStringAsync("/fhir/metadata"));
            Assert.Contains("search-index: SearchParameter/prg-altitude is indexed for 0 of ", await host.Host.Http.GetStringAsync("/health/ready"));
            Assert.Contains("\"valueBoolean\":false", await host.Http.GetStringAsync("/fhir/SearchParameter/$status"));
        }
        Assert.Equal("Location/prg-1", await Answered("Location?altitude=gt400&_id=prg-1"));
        Assert.Contains("\"valueBoolean\":true", await host.Http.GetStringAsync("/fhir/SearchParameter/$status"));
    }

    [Theory]
    [InlineData("bad", "string", "Organization.name.first()", "SearchParameter.expression")]
    [InlineData("bad", "string", "Organization.nothing", "SearchParameter.expression")]
    [InlineData("bad", "date", "Organization.name", "SearchParameter.expression")]
    [InlineData("name", "string", "Organization.alias", "SearchParameter.code")]
    [InlineData("_bad", "string", "Organization.name", "SearchParameter.code")]
    [InlineData("bad", "composite", "Organization.name", "SearchParameter.type")]
    [InlineData("bad", "reference", "Organization.partOf", "SearchParameter.target")]
    public async Task that_cannot_be_indexed_is_refused_with_the_place(string code, string type, string expression, string place)
    {
        var (status, body) = await Define("bad", Definition(code, type, expression));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, status);
        Assert.Contains(place, body);
    }

    [Fact]
    public async Task is_defined_by_operators_alone()
    {
        var (status, _) = await Define("mine", Definition("mine", "string", "Organization.name"), host.Http);
        Assert.Equal(HttpStatusCode.Forbidden, status);
    }
}
