using System.Net;
using System.Text.Json;
using Health.IntegrationTests.Platform;

namespace Health.IntegrationTests.Operations;

[Collection(OperationTests.Name)]
public sealed class The_meta_of_a_resource(OperationHost host)
{
    private async Task<JsonElement> Change(string operation, string meta)
    {
        var body = $"{{'resourceType':'Parameters','parameter':[{{'name':'meta','valueMeta':{meta}}}]}}".Replace('\'', '"');
        using var answer = await host.It.Http.PostAsync($"/fhir/Organization/meta/{operation}", RestartableHost.Body(body));
        Assert.True(answer.StatusCode == HttpStatusCode.OK, await answer.Content.ReadAsStringAsync());
        return JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement.GetProperty("parameter")[0].GetProperty("valueMeta");
    }

    [Fact]
    public async Task grows_and_shrinks_by_labels_each_time_as_a_version()
    {
        await host.It.Put("Organization/meta", "{'name':'M'}");
        var added = await Change("$meta-add", "{'tag':[{'system':'urn:t','code':'a'},{'system':'urn:t','code':'b'}],'security':[{'system':'urn:s','code':'R'}]}");
        Assert.Equal(("2", 2, 1), (added.GetProperty("versionId").GetString(), added.GetProperty("tag").GetArrayLength(), added.GetProperty("security").GetArrayLength()));
        Assert.Equal("2", (await Change("$meta-add", "{'tag':[{'system':'urn:t','code':'a','display':'said again'}]}")).GetProperty("versionId").GetString());
        var removed = await Change("$meta-delete", "{'tag':[{'system':'urn:t','code':'a'}],'security':[{'system':'urn:s','code':'R'}]}");
        Assert.Equal(("3", "b"), (removed.GetProperty("versionId").GetString(), Assert.Single(removed.GetProperty("tag").EnumerateArray()).GetProperty("code").GetString()));
        Assert.False(removed.TryGetProperty("security", out _));
        Assert.Equal("M", (await host.It.Get("Organization/meta")).GetProperty("name").GetString());
        var then = (await host.It.Get("Organization/meta/_history/2/$meta")).GetProperty("parameter")[0].GetProperty("valueMeta");
        Assert.Equal(2, then.GetProperty("tag").GetArrayLength());
        Assert.Equal("3", (await host.It.Get("Organization/meta/$meta")).GetProperty("parameter")[0].GetProperty("valueMeta").GetProperty("versionId").GetString());
    }

    [Fact]
    public async Task is_changed_only_by_who_may_write_and_only_by_meta()
    {
        await host.It.Put("Organization/meta-own", "{'name':'M'}");
        const string Tag = """{"resourceType":"Parameters","parameter":[{"name":"meta","valueMeta":{"tag":[{"code":"x"}]}}]}""";
        using var foreign = await host.It.AsCentre.PostAsync("/fhir/Organization/meta-own/$meta-add", RestartableHost.Body(Tag));
        Assert.Equal(HttpStatusCode.NotFound, foreign.StatusCode);
        using var odd = await host.It.Http.PostAsync("/fhir/Organization/meta-own/$meta-add", RestartableHost.Body("""{"resourceType":"Parameters"}"""));
        Assert.Equal(HttpStatusCode.BadRequest, odd.StatusCode);
    }
}
