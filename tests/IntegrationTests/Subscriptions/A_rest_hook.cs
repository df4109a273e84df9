using System.Net;
using System.Text.Json.Nodes;
using Health.IntegrationTests.Platform;

namespace Health.IntegrationTests.Subscriptions;

public sealed class A_rest_hook(Database database)
{
    private const string Result = "{'status':'final','code':{'coding':[{'system':'http://loinc.org','code':'718-7'}]}}";

    [Fact]
    public async Task is_greeted_then_told_in_order_what_matches()
    {
        await using var receiver = await Receiver.Start();
        await using var host = await SubscriptionHost.Start(database);
        var subscription = SubscriptionHost.Subscription("Observation?code=http://loinc.org|718-7", receiver.Url + "/hook", "full-resource");
        subscription["status"] = "active";
        subscription["channel"]!["header"] = new JsonArray("X-Secret: of the receiver");
        var id = await host.Create(subscription);
        await receiver.Until(calls => calls.Any(call => call.Kind == "handshake"));
        await host.UntilStatus(id, "active");

        await host.Put("Observation/hit", Result);
        await host.Put("Observation/miss", "{'status':'final','code':{'coding':[{'system':'http://loinc.org','code':'1-1'}]}}");
        await host.Put("Observation/hit", Result.Replace("final", "amended"));
        await receiver.UntilEvents(2);

        var call = receiver.Events.First();
        Assert.Equal(("POST", "/hook", "of the receiver"), (call.Method, call.Path, call.Headers["X-Secret"]));
        Assert.Equal(($"Subscription/{id}", "active"), (string.Join('/', call.Json.GetProperty("entry")[0].GetProperty("resource").GetProperty("parameter")[0].GetProperty("valueReference").GetProperty("reference").GetString()!.Split('/')[^2..]), call.Value("status")!));
        var resources = receiver.Events.SelectMany(each => each.Json.GetProperty("entry").EnumerateArray().Skip(1)).Select(entry => entry.GetProperty("resource")).ToList();
        Assert.Equal(["hit final 1", "hit amended 2"], resources.Select(r => $"{r.GetProperty("id")} {r.GetProperty("status")} {r.GetProperty("meta").GetProperty("versionId")}"));
        Assert.Equal([1, 2], receiver.Events.SelectMany(each => each.Numbers));
        Assert.Equal("2", receiver.Events.Last().Value("events-since-subscription-start"));
    }

    [Fact]
    public async Task gets_references_only_or_nothing_at_all_as_it_asked()
    {
        await using var receiver = await Receiver.Start();
        await using var host = await SubscriptionHost.Start(database);
        var ids = await host.Create(SubscriptionHost.Subscription("Observation?code=718-7", receiver.Url + "/ids"));
        var empty = await host.Create(SubscriptionHost.Subscription("Observation?code=718-7", receiver.Url + "/empty", "empty"));
        await host.UntilStatus(ids, "active");
        await host.UntilStatus(empty, "active");
        await host.Put("Observation/quiet", Result);
        await receiver.Until(calls => calls.Count(call => call.Kind == "event-notification") == 2);
        var told = receiver.Events.ToDictionary(call => call.Path);
        Assert.Equal(["Observation/quiet"], told["/ids"].Focuses);
        Assert.False(told["/ids"].Json.GetProperty("entry")[1].TryGetProperty("resource", out _));
        Assert.Equal([1], told["/empty"].Numbers);
        Assert.Equal((0, 1), (told["/empty"].Focuses.Count, told["/empty"].Json.GetProperty("entry").GetArrayLength()));
    }

    [Fact]
    public async Task in_the_plain_form_of_R4_gets_the_resource_or_a_bare_signal()
    {
        await using var receiver = await Receiver.Start();
        await using var host = await SubscriptionHost.Start(database);
        var full = await host.Create(SubscriptionHost.Subscription("Observation?code=718-7", receiver.Url + "/full", content: null));
        var bare = await host.Create(SubscriptionHost.Subscription("Observation?code=718-7", receiver.Url + "/bare", content: null, payload: null));
        await host.UntilStatus(full, "active");
        await host.UntilStatus(bare, "active");
        await host.Put("Observation/plain", Result);
        await receiver.Until(calls => calls.Count == 2);
        var calls = receiver.Taken.ToDictionary(call => call.Path);
        Assert.Equal(("PUT", "plain"), (calls["/full/Observation/plain"].Method, calls["/full/Observation/plain"].Json.GetProperty("id").GetString()));
        Assert.Equal(("POST", ""), (calls["/bare"].Method, calls["/bare"].Body));
    }

    [Fact]
    public async Task that_is_quiet_hears_a_heartbeat()
    {
        await using var receiver = await Receiver.Start();
        await using var host = await SubscriptionHost.Start(database);
        await host.Create(SubscriptionHost.Subscription("Observation?code=718-7", receiver.Url, heartbeat: 1));
        await receiver.Until(calls => calls.Count(call => call.Kind == "heartbeat") >= 2);
        Assert.All(receiver.Taken.Where(call => call.Kind == "heartbeat"), call => Assert.Equal("0", call.Value("events-since-subscription-start")));
    }

    [Theory]
    [InlineData("Observation?nothing=1", "http://127.0.0.1:9", "Subscription.criteria")]
    [InlineData("Observation?code=1&_include=Observation:subject", "http://127.0.0.1:9", "Subscription.criteria")]
    [InlineData("urn:health:subscription-topic:unheard-of", "http://127.0.0.1:9", "Subscription.criteria")]
    [InlineData("Observation?code=1", "https://169.254.169.254/latest", "Subscription.channel.endpoint")]
    [InlineData("Observation?code=1", "http://partner.example/", "Subscription.channel.endpoint")]
    [InlineData("Observation?code=1", "file:///etc/passwd", "Subscription.channel.endpoint")]
    public async Task that_cannot_be_served_is_refused_with_its_place(string criteria, string endpoint, string place)
    {
        await using var host = await SubscriptionHost.Start(database);
        using var answer = await host.Http.PostAsync("/fhir/Subscription", SubscriptionHost.Body(SubscriptionHost.Subscription(criteria, endpoint).ToJsonString()));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
        Assert.Equal(place, (string?)JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["issue"]![0]!["expression"]![0]);
    }

    [Fact]
    public async Task may_not_set_headers_that_are_the_servers_nor_call_below_or_beside_what_is_allowed()
    {
        await using var host = await SubscriptionHost.Start(database, ("Endpoints:0", "https://partner.example/notices"));
        async Task<HttpStatusCode> Try(string endpoint, string? header = null)
        {
            var subscription = SubscriptionHost.Subscription("Observation?code=1", endpoint);
            if (header is not null) subscription["channel"]!["header"] = new JsonArray(header);
            using var answer = await host.Http.PostAsync("/fhir/Subscription", SubscriptionHost.Body(subscription.ToJsonString()));
            return answer.StatusCode;
        }

        Assert.Equal(HttpStatusCode.Created, await Try("https://partner.example/notices/a"));
        foreach (var beside in new[] { "https://partner.example/notices/../admin", "https://partner.example/notices/%2e%2e/admin", "https://partner.example/noticesx", "https://partner.example:8443/notices", "https://user@partner.example/notices", "https://partner.example.evil.example/notices" })
            Assert.Equal(HttpStatusCode.UnprocessableEntity, await Try(beside));
        foreach (var header in new[] { "Host: inner", "Content-Length: 1", "no colon", "X: a\r\nY: b" })
            Assert.Equal(HttpStatusCode.UnprocessableEntity, await Try("https://partner.example/notices", header));
    }
}
