using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Health.Adapters.Inbox;
using Health.Adapters.Mapping;
using Health.Adapters.Remap;
using Health.Contracts;
using Health.Hl7v2;
using Health.IntegrationTests.Platform;
using Microsoft.Extensions.DependencyInjection;

namespace Health.IntegrationTests.Adapters;

/// <summary>Two messages of one patient are records; then a mapper comes that reads MSH-10 as the language, and PV1 of the first as twin.</summary>
public sealed class A_mapping_that_was_mended(Database database) : IAsyncLifetime
{
    private Hospital hospital = null!;
    private HttpClient http = null!;
    private string patient = "";

    public async ValueTask InitializeAsync()
    {
        hospital = await Hospital.OpenWhole(database);
        using (await hospital.Send(Hospital.Registration("R1", "T1^^^MYCH^MR"))) { }
        await hospital.UntilDone(1);
        using (await hospital.Send(Hospital.Registration("R2", "T1^^^MYCH^MR").Replace("ADT^A04", "ADT^A08").Replace("19900101", "19900102"))) { }
        await hospital.UntilDone(2);
        patient = (await hospital.Scalar<string[]>("select resources from adapters.inbox order by position limit 1")).Single(one => one.StartsWith("Patient/", StringComparison.Ordinal)).Split("/_history/")[0];
        await hospital.Stop();
        hospital.Replace = services =>
        {
            services.AddSingleton<MapMessage>(Mended);
            services.AddSingleton(new MapperVersion("mended"));
        };
        await hospital.Start();
        http = hospital.Host.Http.As("demo-operator", roles: "operator");
    }

    public async ValueTask DisposeAsync()
    {
        http.Dispose();
        await hospital.DisposeAsync();
    }

    [Fact]
    public async Task is_applied_to_what_came_before_and_resets_nothing_that_came_later()
    {
        // The first message alone: language and birth date belong to the second one.
        var counts = await Remap("&type=ADT^A04");
        Assert.Equal((1, 0), (counts.GetProperty("changed").GetInt32(), counts.GetProperty("unchanged").GetInt32()));
        var first = await Patient();
        Assert.True(first.GetProperty("multipleBirthBoolean").GetBoolean());
        Assert.Equal("1990-01-02", first.Text("birthDate"));
        Assert.False(first.TryGetProperty("language", out _));
        Assert.Equal("3", first.GetProperty("meta").Text("versionId"));

        Assert.Equal("Patient.language", Assert.Single((await Remap("")).GetProperty("elements").EnumerateObject()).Name);
        var second = await Patient();
        Assert.Equal(("R2", "1990-01-02", true), (second.Text("language"), second.Text("birthDate"), second.GetProperty("multipleBirthBoolean").GetBoolean()));
        Assert.Equal(0, (await Page("")).GetProperty("examined").GetInt32());
        Assert.Equal(2L, await hospital.Scalar<long>("select count(*) from adapters.inbox where mapper_version = 'mended'"));
        Assert.Equal(4L, await hospital.Scalar<long>("select count(*) from events.mt_events where type = 'adapters.message-processed.v1'"));
    }

    [Fact]
    public async Task is_told_before_it_is_applied()
    {
        var counts = await Remap("&dryRun=true&type=ADT^A04");
        Assert.Equal("Patient.multipleBirthBoolean", Assert.Single(counts.GetProperty("elements").EnumerateObject()).Name);
        Assert.Equal("2", (await Patient()).GetProperty("meta").Text("versionId"));
        Assert.Equal(0L, await hospital.Scalar<long>("select count(*) from adapters.inbox where mapper_version = 'mended'"));
    }

    [Fact]
    public async Task goes_on_where_it_was_cut_off()
    {
        var page = await Page("&count=1");
        Assert.Equal((2, 1), (page.GetProperty("total").GetInt32(), page.GetProperty("examined").GetInt32()));
        Assert.Equal(1, (await Page("&count=5")).GetProperty("total").GetInt32());
        Assert.Equal("R2", (await Patient()).Text("language"));
    }

    [Fact]
    public async Task leaves_a_record_alone_that_was_written_elsewhere_since()
    {
        var changed = JsonNode.Parse((await Patient()).GetRawText())!.AsObject();
        changed["maritalStatus"] = new JsonObject { ["text"] = "desk" };
        var header = new EventHeader("n", "client:demo-desk", PurposeOfUse.TREAT, "test");
        var residentId = await hospital.Scalar<string>("select resident_id from adapters.inbox limit 1");
        var commit = await hospital.Host.Services.GetRequiredService<IRecordStore>().Commit(
            new RecordBatch("desk:1", header, "MY510703H001", residentId, [new RecordWrite(WriteKind.Put, "Patient", patient.Split('/')[1], Encoding.UTF8.GetBytes(changed.ToJsonString()))]), default);
        Assert.False(commit.IsRefused, commit.Refusal?.Diagnostics);
        Assert.Equal(1, (await Remap("&type=ADT^A08")).GetProperty("leftAlone").GetInt32());
        Assert.Equal("3", (await Patient()).GetProperty("meta").Text("versionId"));
    }

    [Fact]
    public async Task is_asked_for_by_operators_with_a_time()
    {
        Assert.Equal(HttpStatusCode.BadRequest, (await http.PostAsync("/adapters/remap", null)).StatusCode);
        using var clinician = hospital.Host.Http.As("demo-hospital", "MY510703H001", "clinician");
        Assert.Equal(HttpStatusCode.Forbidden, (await clinician.PostAsync("/adapters/remap?since=2020-01-01T00:00:00Z", null)).StatusCode);
    }

    private static MappingResult Mended(Hl7Message message, MappingContext context)
    {
        if (MessageMapper.Map(message, context) is not MappingResult.Mapped mapped) return MessageMapper.Map(message, context);
        return mapped with { Writes = [.. mapped.Writes.Select(write => write.ResourceType == "Patient" ? Mended(write, message) : write)] };
    }

    private static RecordWrite Mended(RecordWrite write, Hl7Message message)
    {
        var json = JsonNode.Parse(write.Json.Span)!.AsObject();
        json["language"] = message.ControlId;
        if (message.TriggerEvent == "A04") json["multipleBirthBoolean"] = true;
        return write with { Json = Encoding.UTF8.GetBytes(json.ToJsonString()) };
    }

    private async Task<JsonElement> Patient() =>
        JsonDocument.Parse((await hospital.Host.Services.GetRequiredService<IRecordStore>().Read("Patient", patient.Split('/')[1], default))!.Value).RootElement;

    private async Task<JsonElement> Remap(string query) => Assert.Single((await Page(query)).GetProperty("counts").EnumerateArray());

    private async Task<JsonElement> Page(string query)
    {
        using var answer = await http.PostAsync($"/adapters/remap?since=2020-01-01T00:00:00Z{query.Replace("^", "%5E")}", null);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        return await answer.Content.ReadFromJsonAsync<JsonElement>();
    }
}
