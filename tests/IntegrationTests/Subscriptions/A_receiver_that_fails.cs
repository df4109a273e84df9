using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Health.IntegrationTests.Platform;

namespace Health.IntegrationTests.Subscriptions;

public sealed class A_receiver_that_fails(Database database)
{
    private const int Writes = 1000, PerBundle = 100;

    [Fact]
    public async Task gets_each_of_1000_events_at_least_once_and_in_order_also_when_the_platform_restarts()
    {
        await using var receiver = await Receiver.Start();
        await using var host = await SubscriptionHost.Start(database);
        var id = await host.Create(SubscriptionHost.Subscription("Observation?code=718-7", receiver.Url));
        await host.UntilStatus(id, "active");
        // Of three calls one is refused, one is cut after it was taken; each seventh is cut at once.
        receiver.Behaviour = call => call % 7 == 0 ? Taking.Drop : (call % 3) switch { 1 => Taking.Refuse, 2 => Taking.TakeAndDrop, _ => Taking.Take };
        for (var bundle = 0; bundle < Writes / PerBundle; bundle++)
        {
            using var answer = await host.Http.PostAsync("/fhir", SubscriptionHost.Body(Transaction(bundle * PerBundle)));
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            if (bundle != Writes / PerBundle / 2) continue;
            await receiver.UntilEvents(100);
            await host.Restart();
        }

        await receiver.UntilEvents(Writes);
        var numbers = receiver.Events.SelectMany(call => call.Numbers).ToList();
        Assert.Equal(Enumerable.Range(1, Writes).Select(n => (long)n), numbers.Distinct());
        Assert.True(numbers.Count > Writes, "Nothing was sent twice: the receiver did not fail.");
        // What is sent again begins where the last notification began: never is an event passed over.
        Assert.All(numbers.Zip(numbers.Skip(1)), pair => Assert.True(pair.Second <= pair.First + 1, $"{pair.First} was followed by {pair.Second}"));
        var focuses = receiver.Events.SelectMany(call => call.Numbers.Zip(call.Focuses)).DistinctBy(pair => pair.First).OrderBy(pair => pair.First).Select(pair => pair.Second);
        Assert.Equal(Enumerable.Range(0, Writes).Select(n => $"Observation/many-{n}"), focuses);
    }

    [Fact]
    public async Task for_too_long_turns_the_subscription_to_error_and_loses_nothing()
    {
        await using var receiver = await Receiver.Start();
        await using var host = await SubscriptionHost.Start(database, ("GiveUpAfterSeconds", "1"));
        var subscription = SubscriptionHost.Subscription("Observation?code=718-7", receiver.Url);
        var id = await host.Create(subscription);
        await host.UntilStatus(id, "active");
        receiver.Behaviour = _ => Taking.Refuse;
        using (var answer = await host.Http.PostAsync("/fhir", SubscriptionHost.Body(Transaction(0)))) Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var failed = await host.UntilStatus(id, "error");
        Assert.Contains("503", failed.GetProperty("error").GetString());

        // What happens while it is in error counts too.
        using (var answer = await host.Http.PostAsync("/fhir", SubscriptionHost.Body(Transaction(PerBundle)))) Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        receiver.Behaviour = _ => Taking.Take;
        subscription["id"] = id;
        using (var again = await host.Http.PutAsync($"/fhir/Subscription/{id}", SubscriptionHost.Body(subscription.ToJsonString()))) Assert.Equal(HttpStatusCode.OK, again.StatusCode);
        await receiver.UntilEvents(2 * PerBundle);
        Assert.Equal(Enumerable.Range(1, 2 * PerBundle).Select(n => (long)n), receiver.Events.SelectMany(call => call.Numbers));
        Assert.False((await host.UntilStatus(id, "active")).TryGetProperty("error", out _));
    }

    [Fact]
    public async Task that_never_answers_the_handshake_is_not_told_anything()
    {
        await using var receiver = await Receiver.Start();
        await using var host = await SubscriptionHost.Start(database, ("GiveUpAfterSeconds", "1"));
        receiver.Behaviour = _ => Taking.Drop;
        var id = await host.Create(SubscriptionHost.Subscription("Observation?code=718-7", receiver.Url));
        await host.Put("Observation/unheard", "{'status':'final','code':{'coding':[{'code':'718-7'}]}}");
        Assert.DoesNotContain("127.0.0.1", (await host.UntilStatus(id, "error")).GetProperty("error").GetString());
        Assert.Empty(receiver.Taken);
    }

    private static string Transaction(int from)
    {
        var json = new StringBuilder("{\"resourceType\":\"Bundle\",\"type\":\"transaction\",\"entry\":[");
        json.AppendJoin(',', Enumerable.Range(from, PerBundle).Select(n =>
            $$$"""{"resource":{"resourceType":"Observation","id":"many-{{{n}}}","status":"final","code":{"coding":[{"code":"718-7"}]}},"request":{"method":"PUT","url":"Observation/many-{{{n}}}"}}"""));
        return json.Append("]}").ToString();
    }
}
