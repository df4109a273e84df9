using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Health.IntegrationTests.Platform;

namespace Health.IntegrationTests.Adapters;

public sealed class The_quarantine(Database database) : IAsyncLifetime
{
    private Hospital hospital = null!;
    private HttpClient http = null!;

    public async ValueTask InitializeAsync()
    {
        hospital = await Hospital.Open(database);
        http = hospital.Host.Http.As("demo-operator", roles: "operator");
    }

    public async ValueTask DisposeAsync()
    {
        http.Dispose();
        await hospital.DisposeAsync();
    }

    [Fact]
    public async Task says_where_the_error_is_and_the_message_was_accepted()
    {
        var id = await Broken("K1");
        var item = Assert.Single((await Get("/adapters/quarantine")).GetProperty("items").EnumerateArray());
        Assert.Equal(("101", "PID-3", "K1", "mych"), (item.Text("errCode"), item.Text("path"), item.Text("controlId"), item.Text("source")));
        Assert.DoesNotContain("王小明", item.GetRawText(), StringComparison.Ordinal);

        var message = await Get($"/adapters/quarantine/{id}");
        var segment = message.GetProperty("segments")[1];
        var mark = Assert.Single(segment.GetProperty("marks").EnumerateArray());
        Assert.Equal((0, segment.Text("text").Length, "101"), (mark.GetProperty("start").GetInt32(), mark.GetProperty("length").GetInt32(), mark.Text("code")));
        Assert.Equal(1L, await hospital.Scalar<long>("select count(*) from audit.fact"));
        Assert.Empty(hospital.Records.Written);
    }

    [Theory]
    [InlineData("source=mych&code=101&path=PID&type=ADT%5EA04&since=2020-01-01T00:00:00Z", 1)]
    [InlineData("path=PID-3", 1)]
    [InlineData("source=yxws", 0)]
    [InlineData("code=207", 0)]
    [InlineData("path=PI", 0)]
    [InlineData("type=ADT%5EA08", 0)]
    [InlineData("until=2020-01-01T00:00:00Z", 0)]
    public async Task is_searched_and_replayed_by_source_code_place_type_and_time(string query, int found)
    {
        await Broken("K7");
        Assert.Equal(found, (await Get($"/adapters/quarantine?{query}")).GetProperty("items").GetArrayLength());
        Assert.Equal(found, (await Post($"/adapters/quarantine/replay?{query}", "", HttpStatusCode.Accepted)).GetProperty("replayed").GetInt32());
    }

    [Fact]
    public async Task takes_a_correction_that_stands_for_the_original()
    {
        var id = await Broken("K2");
        var corrected = await Post($"/adapters/quarantine/{id}/correction", Hospital.Registration("K2", "P5"), HttpStatusCode.Accepted);
        await hospital.UntilDone(1);
        await hospital.Until("select count(*) from adapters.inbox where state = 'superseded'", 1);
        Assert.Empty((await Get("/adapters/quarantine")).GetProperty("items").EnumerateArray());
        Assert.Equal("done", (await Get($"/adapters/messages/{corrected.Text("messageId")}")).Text("state"));
        Assert.Equal(1L, await hospital.Scalar<long>($"select count(*) from events.mt_events where type = 'adapters.message-corrected.v1' and stream_id = 'message/{id}'"));
        Assert.Single(hospital.Records.Written);
        await Post($"/adapters/quarantine/{id}/correction", Hospital.Registration("K2", "P5"), HttpStatusCode.NotFound);
        await Post($"/adapters/quarantine/{id}/replay", "", HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task asks_for_another_correction_when_the_first_is_wrong_too()
    {
        var id = await Broken("K3");
        var first = (await Post($"/adapters/quarantine/{id}/correction", Hospital.Registration("K3", ""), HttpStatusCode.Accepted)).Text("messageId");
        await hospital.UntilQuarantined(2);
        var item = Assert.Single((await Get("/adapters/quarantine")).GetProperty("items").EnumerateArray());
        Assert.Equal((first, id), (item.Text("messageId"), item.Text("corrects")));
        await Post($"/adapters/quarantine/{id}/correction", Hospital.Registration("K3", "P6"), HttpStatusCode.Conflict);
        await Post($"/adapters/quarantine/{first}/correction", Hospital.Registration("K3", "P6"), HttpStatusCode.Accepted);
        await hospital.Until("select count(*) from adapters.inbox where state = 'superseded'", 2);
    }

    [Fact]
    public async Task refuses_a_text_that_is_no_message_and_whoever_is_no_operator()
    {
        var id = await Broken("K4");
        var problem = await Post($"/adapters/quarantine/{id}/correction", "not HL7", HttpStatusCode.UnprocessableEntity);
        Assert.Contains("MSH", problem.Text("detail"), StringComparison.Ordinal);
        using var clinician = hospital.Host.Http.As("demo-hospital", "MY510703H001", "clinician");
        var refused = await clinician.GetAsync("/adapters/quarantine");
        Assert.Equal((HttpStatusCode.Forbidden, "application/problem+json"), (refused.StatusCode, refused.Content.Headers.ContentType?.MediaType));
        Assert.Equal(HttpStatusCode.Unauthorized, (await hospital.Host.Http.GetAsync("/adapters/quarantine")).StatusCode);
    }

    [Fact]
    public async Task keeps_what_the_store_refused_or_the_mapping_failed_on_and_sends_it_through_again()
    {
        var isRefusing = true;
        hospital.Records.Before = (_, _) => isRefusing ? throw new InvalidOperationException("a bug") : Task.CompletedTask;
        using (await hospital.Send(Hospital.Registration("K5").Replace("ADT^A04", "BUG^X01"))) { }
        using (await hospital.Send(Hospital.Registration("K6", "P7"))) { }
        await hospital.UntilQuarantined(1);
        var bug = Assert.Single((await Get("/adapters/quarantine")).GetProperty("items").EnumerateArray());
        Assert.Equal("207", bug.Text("errCode"));
        Assert.DoesNotContain("secret name", (await Get($"/adapters/quarantine/{bug.Text("messageId")}")).GetRawText(), StringComparison.Ordinal);

        // As if the seven earlier attempts had been made: the eighth goes to the quarantine.
        await using (var connection = await hospital.Sql())
        await using (var attempts = new Npgsql.NpgsqlCommand("update adapters.inbox set attempts = 7, next_attempt_at = null where control_id = 'K6'", connection)) await attempts.ExecuteNonQueryAsync();
        await hospital.UntilQuarantined(2);
        isRefusing = false;
        var replayed = await Post("/adapters/quarantine/replay?since=2020-01-01T00:00:00Z", "", HttpStatusCode.Accepted);
        Assert.Equal(2, replayed.GetProperty("replayed").GetInt32());
        await Post("/adapters/quarantine/none/replay", "", HttpStatusCode.NotFound);
        Assert.Equal("adapters.quarantine-replay 0, adapters.quarantine-replay 4 Binary/none", await hospital.Scalar<string>(
            "select string_agg(concat_ws(' ', convert_from(body, 'UTF8')::jsonb->>'interaction', convert_from(body, 'UTF8')::jsonb->>'outcome', convert_from(body, 'UTF8')::jsonb->>'target'), ', ' order by at, fact_id) from audit.fact where convert_from(body, 'UTF8')::jsonb->>'interaction' = 'adapters.quarantine-replay'"));
        await hospital.UntilDone(1);
        await hospital.UntilQuarantined(1);
        var statistics = await Get("/adapters/statistics");
        Assert.Equal((0, 1, 1), (statistics.GetProperty("waiting").GetInt32(), statistics.GetProperty("accepted").GetInt32(), statistics.GetProperty("quarantined").GetInt32()));
        Assert.Contains(statistics.GetProperty("rows").EnumerateArray(), row => row.Text("type") == "BUG^X01" && row.Text("errCode") == "207");
    }

    private async Task<string> Broken(string controlId)
    {
        using var ack = await hospital.Send(Hospital.Registration(controlId, ""));
        Assert.Equal("AA", ack.Get("MSA-1"));
        await hospital.UntilQuarantined(1);
        return await hospital.Scalar<string>("select message_id from adapters.inbox");
    }

    private Task<JsonElement> Get(string path) => http.GetFromJsonAsync<JsonElement>(path);

    private async Task<JsonElement> Post(string path, string body, HttpStatusCode expected)
    {
        using var content = new StringContent(body, Encoding.UTF8, "x-application/hl7-v2+er7");
        using var answer = await http.PostAsync(path, content);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == expected, $"{answer.StatusCode}: {text}");
        return JsonDocument.Parse(text).RootElement;
    }
}
