using System.Net;
using System.Text.Json;
using Health.Contracts;
using Health.Hl7v2;
using Health.IntegrationTests.Adapters;
using Health.IntegrationTests.Platform;
using Microsoft.Extensions.DependencyInjection;
using static Health.IntegrationTests.Outbound.Region;

namespace Health.IntegrationTests.Outbound;

/// <summary>Order, repetition and what is given to a person, against a hospital that answers badly.</summary>
public sealed class A_queue_under_faults(Database database) : IAsyncLifetime
{
    private const string All = ",\"events\":[\"ADT\"],\"residents\":\"all\"";
    private Region region = null!;

    public async ValueTask InitializeAsync() => region = await Region.Open(database, All);

    public ValueTask DisposeAsync() => region.DisposeAsync();

    [Fact]
    public async Task keeps_its_order_and_loses_nothing_whatever_the_hospital_does()
    {
        await region.Plan(
            new { answer = "AA" }, new { answer = "silence" }, new { answer = "wrong-id" }, new { answer = "close", count = 2 }, new { answer = "AA" }, new { answer = "AE", count = 2 }, new { answer = "AA" },
            new { answer = "garbage" }, new { answer = "late", milliseconds = 300 }, new { answer = "late", milliseconds = 1500 });
        for (var i = 0; i < 12; i++) await Change($"p{i % 3}", $"名{i}");
        var accepted = await region.UntilAccepted(12);
        Assert.Equal(await Queued(), accepted.Select(text => Field(text, "MSH-10")));
        Assert.Equal(Enumerable.Range(0, 12).Select(i => $"名{i}"), accepted.Select(text => Field(text, "PID-5.1")));
        // The same bytes at every try, and never the next message before the answer to the one before.
        var received = await region.Received();
        Assert.All(received.GroupBy(one => one.Text("controlId")), group => Assert.Single(group.Select(one => one.Text("base64")).Distinct()));
        var order = received.Select(one => one.Text("controlId")).ToList();
        Assert.Equal(order.Distinct(), await Queued());
        Assert.True(order.Select((id, at) => (id, at)).GroupBy(one => one.id).All(group => group.Max(one => one.at) - group.Min(one => one.at) == group.Count() - 1));
    }

    [Fact]
    public async Task goes_on_after_a_restart_where_it_was()
    {
        await region.Plan(new { answer = "AA" }, new { answer = "silence", count = 1000 });
        for (var i = 0; i < 6; i++) await Change($"r{i}", $"人{i}");
        await region.Until("select count(*) from adapters.outbox where state = 'delivered'", 1);
        await region.Until("select count(*) from adapters.outbox where state = 'waiting' and in_flight_since is not null", 1);
        await region.Stop();
        var before = await region.Received();
        await region.Simulator.Http.DeleteAsync($"receivers/{region.ReceiverPort}/behaviours");
        await region.Start();
        // Written while it is up again, told after what waited.
        await Change("r6", "人6");
        var accepted = await region.UntilAccepted(7);
        Assert.Equal(Enumerable.Range(0, 7).Select(i => $"人{i}"), accepted.Select(text => Field(text, "PID-5.1")));
        var again = (await region.Received()).Skip(before.Count).First();
        Assert.Equal(before[^1].Text("base64"), again.Text("base64"));
    }

    [Fact]
    public async Task is_delivered_once_and_in_order_where_two_platforms_run_side_by_side()
    {
        await using var second = await region.Second();
        for (var i = 0; i < 12; i++)
        {
            using var http = (i % 2 == 0 ? region.Host : second).Http.As("client", Municipal, "clinician");
            await PutAs(http, $"Patient/w{i % 4}", $"{{'resourceType':'Patient','id':'w{i % 4}','name':[{{'text':'名{i}'}}]}}");
        }

        var accepted = await region.UntilAccepted(12);
        Assert.Equal(Enumerable.Range(0, 12).Select(i => $"名{i}"), accepted.Select(text => Field(text, "PID-5.1")));
        Assert.Equal(12, (await region.Received()).Count);
    }

    [Fact]
    public async Task shows_what_could_not_be_written_and_writes_it_once_it_can()
    {
        await region.Put("Patient/gone", "{'resourceType':'Patient','id':'gone','active':false,'link':[{'type':'replaced-by','other':{'reference':'Patient/stays'}}]}");
        await region.Until("select count(*) from adapters.outbox where state = 'dead'", 1);
        var dead = (await region.Get("/adapters/outbound/messages?state=dead")).GetProperty("items")[0];
        Assert.StartsWith("could not be written", dead.Text("lastReason"), StringComparison.Ordinal);
        var path = $"/adapters/outbound/messages/{dead.Text("messageId")}";
        Assert.Equal(JsonValueKind.Null, (await region.Get(path)).GetProperty("text").ValueKind);
        using (var still = await region.Post($"{path}/retry")) Assert.Equal(HttpStatusCode.Conflict, still.StatusCode);
        Assert.Empty(await region.Received());
        await Change("stays", "留");
        await region.UntilAccepted(1);
        using (var now = await region.Post($"{path}/retry")) Assert.Equal(HttpStatusCode.Accepted, now.StatusCode);
        Assert.Equal(["ADT^A28", "ADT^A40"], (await region.UntilAccepted(2)).Select(Event));
    }

    [Fact]
    public async Task tells_changes_that_were_made_while_it_looked_away()
    {
        await Change("s0", "先");
        await region.UntilAccepted(1);
        await region.Profile(",\"events\":[\"MDM\"],\"residents\":\"all\"");
        await region.Stop();
        var place = await region.Scalar<long>("select sequence from adapters.outbound_cursor");
        await region.Profile(All);
        await region.Start();
        Assert.Equal(place, await region.Scalar<long>("select sequence from adapters.outbound_cursor"));
        await Change("s1", "后");
        Assert.Equal(["先", "后"], (await region.UntilAccepted(2)).Select(text => Field(text, "PID-5.1")));
    }

    [Fact]
    public async Task makes_a_dead_letter_of_what_is_answered_with_errors_and_goes_on()
    {
        await region.Plan(new { answer = "AE", count = 3 }, new { answer = "AA" }, new { answer = "AR" });
        await Change("d0", "错");
        await Change("d1", "对");
        await Change("d2", "拒");
        await region.Until("select count(*) from adapters.outbox where state = 'dead'", 2);
        await region.Until("select count(*) from adapters.outbox where state = 'delivered'", 1);
        var status = Assert.Single((await region.Get("/adapters/outbound")).EnumerateArray());
        Assert.Equal(("stxy", 0L, 2L, 1L, false), (status.Text("destination"), status.GetProperty("waiting").GetInt64(), status.GetProperty("deadLetters").GetInt64(), status.GetProperty("deliveredInADay").GetInt64(), status.GetProperty("isStopped").GetBoolean()));

        var dead = (await region.Get("/adapters/outbound/messages?state=dead")).GetProperty("items").EnumerateArray().ToList();
        Assert.Equal([("AE", 3), ("AR", 1)], dead.Select(one => (one.Text("lastCode"), one.GetProperty("attempts").GetInt32())));
        Assert.DoesNotContain("错", JsonSerializer.Serialize(dead), StringComparison.Ordinal);
        var content = await region.Get($"/adapters/outbound/messages/{dead[0].Text("messageId")}");
        Assert.Contains("错", content.Text("text"), StringComparison.Ordinal);
        Assert.Contains("MSA|AE", content.Text("answer"), StringComparison.Ordinal);
        Assert.Equal((await region.Received())[0].Text("base64"), content.Text("base64"));

        using (var retried = await region.Post($"/adapters/outbound/messages/{dead[0].Text("messageId")}/retry")) Assert.Equal(HttpStatusCode.Accepted, retried.StatusCode);
        await region.Until("select count(*) from adapters.outbox where state = 'delivered'", 2);
        using (var discarded = await region.Post($"/adapters/outbound/messages/{dead[1].Text("messageId")}/discard")) Assert.Equal(HttpStatusCode.Accepted, discarded.StatusCode);
        using (var twice = await region.Post($"/adapters/outbound/messages/{dead[1].Text("messageId")}/discard")) Assert.Equal(HttpStatusCode.Conflict, twice.StatusCode);
        Assert.Equal("client:demo-operator", await region.Scalar<string>("select settled_by from adapters.outbox where state = 'discarded'"));
        Assert.Equal(
            ["adapters.outbound-discard:0", "adapters.outbound-discard:4", "adapters.outbound-read:0", "adapters.outbound-retry:0"],
            await region.Scalar<string[]>("select array_agg(t order by t) from (select convert_from(body, 'UTF8')::jsonb ->> 'interaction' || ':' || (convert_from(body, 'UTF8')::jsonb ->> 'outcome') t from audit.fact where convert_from(body, 'UTF8')::jsonb ->> 'interaction' like 'adapters.outbound-%') x"));
    }

    [Fact]
    public async Task says_that_a_retry_would_tell_something_older_after_something_newer()
    {
        await region.Plan(new { answer = "AR" });
        await Change("o", "旧");
        await Change("o", "新");
        await region.Until("select count(*) from adapters.outbox where state = 'delivered'", 1);
        var dead = Assert.Single((await region.Get("/adapters/outbound/messages?state=dead")).GetProperty("items").EnumerateArray());
        Assert.Equal(1L, dead.GetProperty("passedBy").GetInt64());
        // Of what was not accepted the destination knows nothing: the next change is the first it hears.
        Assert.Equal("新", Field(Assert.Single(await region.Accepted()), "PID-5.1"));
    }

    [Fact]
    public async Task judges_anew_what_stands_behind_a_message_that_was_refused()
    {
        await region.Plan(new { answer = "silence", count = 1000 });
        await Change("j", "旧");
        await Visit("vis1", "in-progress");
        await Visit("vis2", "in-progress");
        await Change("j", "新");
        await Visit("vis1", "in-progress", ",'serviceType':{'text':'外科'}");
        await Visit("vis2", "cancelled");
        await region.Until("select count(*) from adapters.outbox", 6);
        Assert.Equal(["A28", "A01", "A01", "A31", "A08", "A11"], await region.Scalar<string[]>("select array_agg(trigger_event order by position) from adapters.outbox"));
        await region.Stop();
        await region.Simulator.Http.DeleteAsync($"receivers/{region.ReceiverPort}/behaviours");
        await region.Plan(new { answer = "AR", count = 3 });
        await region.Start();
        // The first three are refused: the hospital has heard of nobody and nothing.
        await region.Until("select count(*) from adapters.outbox where state = 'waiting'", 0);
        Assert.Equal(["ADT^A28", "ADT^A01"], (await region.UntilAccepted(2)).Select(Event));
        Assert.Equal("新", Field((await region.Accepted())[0], "PID-5.1"));
        Assert.Equal("platform", await region.Scalar<string>("select settled_by from adapters.outbox where state = 'discarded' and trigger_event = 'A11'"));
        Assert.Equal(3L, await region.Scalar<long>("select count(*) from adapters.outbox where state = 'dead'"));
    }

    private Task Visit(string id, string status, string more = "") => region.Put(
        $"Encounter/{id}", $"{{'resourceType':'Encounter','id':'{id}','status':'{status}','class':{{'system':'http://terminology.hl7.org/CodeSystem/v3-ActCode','code':'IMP'}},'subject':{{'reference':'Patient/j'}}{more}}}");

    [Fact]
    public async Task stops_at_a_dead_letter_where_the_profile_says_so()
    {
        await region.Stop();
        await region.Profile(All + ",\"onDeadLetter\":\"stop\"");
        await region.Start();
        await region.Plan(new { answer = "AR" });
        await Change("t0", "首");
        await Change("t1", "次");
        await region.Until("select count(*) from adapters.outbox where state = 'dead'", 1);
        await region.Until("select count(*) from adapters.outbox where state = 'waiting'", 1);
        var status = Assert.Single((await region.Get("/adapters/outbound")).EnumerateArray());
        Assert.True(status.GetProperty("isStopped").GetBoolean());
        Assert.Single(await region.Received());
        var dead = (await region.Get("/adapters/outbound/messages?state=dead")).GetProperty("items")[0].Text("messageId");
        using (await region.Post($"/adapters/outbound/messages/{dead}/retry")) { }
        Assert.Equal(["首", "次"], (await region.UntilAccepted(2)).Select(text => Field(text, "PID-5.1")));
    }

    [Fact]
    public async Task can_be_relieved_of_what_is_never_answered()
    {
        await region.Plan(new { answer = "silence", count = 1000 });
        await Change("u0", "堵");
        await Change("u1", "通");
        await region.Until("select count(*) from adapters.outbox where silent_since is not null", 1);
        var status = Assert.Single((await region.Get("/adapters/outbound")).EnumerateArray());
        Assert.Equal(2L, status.GetProperty("waiting").GetInt64());
        Assert.NotEqual(JsonValueKind.Null, status.GetProperty("silentSince").ValueKind);
        var first = (await region.Get("/adapters/outbound/messages")).GetProperty("items")[0].Text("messageId");
        await region.Simulator.Http.DeleteAsync($"receivers/{region.ReceiverPort}/behaviours");
        using (await region.Post($"/adapters/outbound/messages/{first}/discard")) { }
        await region.Until("select count(*) from adapters.outbox where state = 'delivered' and resource = 'Patient/u1'", 1);
    }

    [Fact]
    public async Task asks_for_a_commit_acknowledgement_and_writes_GB_18030_where_the_profile_says_so()
    {
        await region.DisposeAsync();
        region = await Region.Open(database, All + ",\"enhancedMode\":true,\"charset\":\"GB 18030-2000\",\"version\":\"2.4\",\"authorities\":{\"MY510703H001\":\"市中心医院\"}", "GB18030");
        await region.Put("Patient/g", $"{{'resourceType':'Patient','id':'g','identifier':[{{'system':'urn:health:institution:{Municipal}:patient','value':'7'}}],'name':[{{'text':'李珅𠀀'}}]}}");
        var text = Assert.Single(await region.UntilAccepted(1));
        Assert.Equal(("李珅𠀀", "市中心医院", "GB 18030-2000", "AL", "NE", "2.4"), (Field(text, "PID-5.1"), Field(text, "PID-3.4"), Field(text, "MSH-18"), Field(text, "MSH-15"), Field(text, "MSH-16"), Field(text, "MSH-12")));
        Assert.Equal("CA", await region.Scalar<string>("select last_code from adapters.outbox"));
        var bytes = Convert.FromBase64String((await region.Received())[0].Text("base64"));
        using var read = Hl7Message.Read(bytes, Hl7Charset.Gb18030).Message!;
        Assert.Equal("李珅𠀀", read.Get("PID-5.1"));
    }

    [Fact]
    public async Task tells_of_those_only_who_have_a_record_at_the_hospital()
    {
        await region.DisposeAsync();
        region = await Region.Open(database, ",\"events\":[\"ADT\"]");
        const string id = "510799199001010018";
        await region.Send(Registration("HIS|MYCH", "W1", "M1", "王外人"));
        await region.Send(Registration("HIS|STXY", "W2", $"C1~{id}^^^公安^NI", "李本人"));
        await region.Until("select count(*) from adapters.inbox where state = 'done'", 2);
        await region.Send(Registration("HIS|MYCH", "W3", $"M2~{id}^^^公安^NI", "李本人"));
        var told = Assert.Single(await region.UntilAccepted(1));
        Assert.Equal(("李本人", "C1", "M2"), (Field(told, "PID-5.1"), Field(told, "PID-3[1].1"), Field(told, "PID-3[2].1")));
        Assert.Equal(1L, await region.Scalar<long>("select count(*) from adapters.outbox"));
        static string Registration(string sender, string controlId, string pid3, string name) =>
            $"MSH|^~\\&|{sender}|HIE|MY|20261124090000||ADT^A28|{controlId}|P|2.5.1\rPID|1||{pid3}||{name}||19900101|M\r";
    }

    [Fact]
    public async Task holds_nothing_readable_and_nothing_of_an_erased_resident()
    {
        await region.Plan(new { answer = "silence", count = 1000 });
        await region.Send("MSH|^~\\&|HIS|MYCH|HIE|MY|20261124090000||ADT^A28|X1|P|2.5.1\rPID|1||Z1~510799199001010018^^^公安^NI||密名||19900101|M\r");
        await region.Until("select count(*) from adapters.outbox where state = 'waiting'", 1);
        Assert.Equal(0L, await region.Scalar<long>("select count(*) from adapters.outbox where position('510799'::bytea in sealed_body) > 0"));
        var resident = await region.Scalar<string>("select resident_id from adapters.outbox");
        Assert.Null(await region.Host.Services.GetRequiredService<IResidentErasure>().Erase(resident, "test-data", new EventHeader("test", "test", PurposeOfUse.HOPERAT, "test"), default));
        await region.Until("select count(*) from adapters.outbox where state = 'erased'", 1);
        await region.Simulator.Http.DeleteAsync($"receivers/{region.ReceiverPort}/behaviours");
        await Change("v", "后人");
        Assert.Equal("后人", Field(Assert.Single(await region.UntilAccepted(1)), "PID-5.1"));
    }

    private Task Change(string id, string name) => region.Put($"Patient/{id}", $"{{'resourceType':'Patient','id':'{id}','name':[{{'text':'{name}'}}]}}");

    private Task<string[]> Queued() => region.Scalar<string[]>("select array_agg(control_id order by position) from adapters.outbox");
}
