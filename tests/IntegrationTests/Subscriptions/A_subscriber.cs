using System.Net;
using System.Text.Json;
using Health.IntegrationTests.Platform;

namespace Health.IntegrationTests.Subscriptions;

public sealed class A_subscriber(Database database)
{
    private const string Coded = "'status':'final','code':{'coding':[{'code':'718-7'}]}";

    [Fact]
    public async Task is_told_only_what_its_institution_may_see()
    {
        await using var receiver = await Receiver.Start();
        await using var host = await SubscriptionHost.Start(database);
        var id = await host.Create(SubscriptionHost.Subscription("Observation?code=718-7", receiver.Url + "/centre", "full-resource"), host.AsCentre);
        await host.UntilStatusAs(host.AsCentre, id, "active");
        await host.Put("Patient/theirs", "{'gender':'male'}");
        await host.Put("Patient/ours", "{'gender':'male'}", host.AsCentre);
        await host.Put("Observation/foreign", $"{{{Coded},'subject':{{'reference':'Patient/theirs'}}}}");
        await host.Put("Observation/of-nobody", $"{{{Coded}}}");
        await host.Put("Observation/own", $"{{{Coded},'subject':{{'reference':'Patient/ours'}}}}", host.AsCentre);
        await receiver.UntilEvents(1);
        Assert.Equal(["Observation/own"], receiver.Events.SelectMany(call => call.Focuses));
        Assert.DoesNotContain(receiver.Taken, call => call.Body.Contains("theirs") || call.Body.Contains("of-nobody"));
        // Neither by asking again.
        var replayed = await host.Get($"Subscription/{id}/$events", host.AsCentre);
        Assert.DoesNotContain("foreign", replayed.ToString());
        foreach (var operation in new[] { "$status", "$events", "$get-ws-binding-token" })
        {
            using var answer = await host.Http.GetAsync($"/fhir/Subscription/{id}/{operation}");
            Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        }
    }

    [Fact]
    public async Task that_may_not_search_a_type_cannot_subscribe_to_it_nor_borrow_anothers_grant()
    {
        await using var receiver = await Receiver.Start();
        await using var host = await SubscriptionHost.Start(database);
        var narrow = host.Host.Http.As("narrow", SubscriptionHost.Centre, "clinician", "system/Subscription.cruds system/Patient.rs");
        using var refused = await narrow.PostAsync("/fhir/Subscription", SubscriptionHost.Body(SubscriptionHost.Subscription("Observation?code=718-7", receiver.Url).ToJsonString()));
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);

        var stamped = await host.Get($"Subscription/{await host.Create(SubscriptionHost.Subscription("Observation?code=718-7", receiver.Url + "/a"))}");
        var foreign = SubscriptionHost.Subscription("Patient?gender=male", receiver.Url + "/b");
        foreign["extension"] = System.Text.Json.Nodes.JsonNode.Parse(stamped.GetProperty("extension").GetRawText());
        var own = await host.Get($"Subscription/{await host.Create(foreign, narrow)}", narrow);
        var stamp = Assert.Single(own.GetProperty("extension").EnumerateArray());
        Assert.NotEqual(stamped.GetProperty("extension")[0].GetProperty("valueString").GetString(), stamp.GetProperty("valueString").GetString());
    }

    [Fact]
    public async Task leaves_a_fact_for_each_record_it_is_told_of()
    {
        await using var receiver = await Receiver.Start();
        await using var host = await SubscriptionHost.Start(database);
        var id = await host.Create(SubscriptionHost.Subscription("Observation?code=718-7", receiver.Url));
        await host.UntilStatus(id, "active");
        await host.Put("Observation/noted", $"{{{Coded}}}");
        await receiver.UntilEvents(1);
        await using var data = Npgsql.NpgsqlDataSource.Create(host.Host.ConnectionString);
        await using var command = data.CreateCommand("select count(*) from audit.fact where convert_from(body, 'UTF8') like '%subscription-notification%' and convert_from(body, 'UTF8') like '%Observation/noted/_history/1%' and convert_from(body, 'UTF8') like '%client-hospital%'");
        Assert.Equal(1L, await command.ExecuteScalarAsync());
    }

    [Fact]
    public async Task of_a_topic_is_told_when_it_begins_to_be_true_and_of_deletions()
    {
        await using var receiver = await Receiver.Start();
        await using var host = await SubscriptionHost.Start(database);
        var topics = (await host.Get("Subscription/$topic-list")).GetProperty("parameter").EnumerateArray().Select(p => p.GetProperty("valueCanonical").GetString()).ToList();
        var start = await host.Create(SubscriptionHost.Subscription(topics.Single(topic => topic!.EndsWith("encounter-start", StringComparison.Ordinal))!, receiver.Url + "/start"));
        var patients = await host.Create(SubscriptionHost.Subscription("urn:health:subscription-topic:patient-change", receiver.Url + "/patients"));
        await host.UntilStatus(start, "active");
        await host.UntilStatus(patients, "active");
        const string Visit = "{'status':'in-progress','class':{'code':'AMB'}}";
        await host.Put("Encounter/visit", Visit.Replace("in-progress", "planned"));
        await host.Put("Encounter/visit", Visit);
        await host.Put("Encounter/visit", "{'status':'in-progress','class':{'code':'AMB'},'priority':{'text':'x'}}");
        await host.Put("Encounter/at-once", Visit);
        await host.Put("Patient/changing", "{'gender':'male'}");
        using (await host.Http.DeleteAsync("/fhir/Patient/changing")) { }
        await receiver.Until(calls => calls.Where(call => call.Kind == "event-notification").Sum(call => call.Numbers.Count) >= 4);
        Assert.Equal(["Encounter/visit", "Encounter/at-once"], receiver.Events.Where(call => call.Path == "/start").SelectMany(call => call.Focuses));
        Assert.Equal(["Patient/changing", "Patient/changing"], receiver.Events.Where(call => call.Path == "/patients").SelectMany(call => call.Focuses));
        var methods = receiver.Events.Where(call => call.Path == "/patients").SelectMany(call => call.Json.GetProperty("entry").EnumerateArray().Skip(1)).Select(entry => entry.GetProperty("request").GetProperty("method").GetString());
        Assert.Equal(["POST", "DELETE"], methods);
    }

    [Fact]
    public async Task asks_for_its_status_and_for_events_again()
    {
        await using var receiver = await Receiver.Start();
        await using var host = await SubscriptionHost.Start(database);
        var id = await host.Create(SubscriptionHost.Subscription("Observation?code=718-7", receiver.Url, "full-resource"));
        await host.UntilStatus(id, "active");
        for (var i = 1; i <= 5; i++) await host.Put($"Observation/again-{i}", $"{{{Coded}}}");
        await receiver.UntilEvents(5);
        var status = (await host.Get($"Subscription/{id}/$status")).GetProperty("entry")[0].GetProperty("resource");
        Assert.Equal(("query-status", "5"), (Parameter(status, "type"), Parameter(status, "events-since-subscription-start")));
        var replay = await host.Get($"Subscription/{id}/$events?eventsSinceNumber=2&eventsUntilNumber=4");
        Assert.Equal("history", replay.GetProperty("type").GetString());
        Assert.Equal("query-event", Parameter(replay.GetProperty("entry")[0].GetProperty("resource"), "type"));
        Assert.Equal(["again-2", "again-3", "again-4"], replay.GetProperty("entry").EnumerateArray().Skip(1).Select(entry => entry.GetProperty("resource").GetProperty("id").GetString()));
        Assert.DoesNotContain("718-7", (await host.Get($"Subscription/{id}/$events?content=id-only")).ToString());
        using var odd = await host.Http.GetAsync($"/fhir/Subscription/{id}/$events?eventsSinceNumber=zero");
        Assert.Equal(HttpStatusCode.BadRequest, odd.StatusCode);
    }

    [Fact]
    public async Task that_is_off_or_deleted_is_told_nothing()
    {
        await using var receiver = await Receiver.Start();
        await using var host = await SubscriptionHost.Start(database);
        var subscription = SubscriptionHost.Subscription("Observation?code=718-7", receiver.Url + "/off");
        var off = await host.Create(subscription);
        var deleted = await host.Create(SubscriptionHost.Subscription("Observation?code=718-7", receiver.Url + "/deleted"));
        var last = await host.Create(SubscriptionHost.Subscription("Observation?code=718-7", receiver.Url + "/last"));
        foreach (var each in new[] { off, deleted, last }) await host.UntilStatus(each, "active");
        (subscription["id"], subscription["status"]) = (off, "off");
        using (await host.Http.PutAsync($"/fhir/Subscription/{off}", SubscriptionHost.Body(subscription.ToJsonString()))) { }
        using (await host.Http.DeleteAsync($"/fhir/Subscription/{deleted}")) { }
        await host.Put("Observation/unwatched", $"{{{Coded}}}");
        await receiver.UntilEvents(1);
        Assert.Equal(["/last"], receiver.Events.Select(call => call.Path));
        Assert.Equal("off", (await host.Get($"Subscription/{off}")).GetProperty("status").GetString());
    }

    private static string? Parameter(JsonElement status, string name) => status.GetProperty("parameter").EnumerateArray().Where(p => p.GetProperty("name").GetString() == name)
        .Select(p => p.EnumerateObject().First(member => member.Name.StartsWith("value", StringComparison.Ordinal)).Value.ToString()).Single();
}
