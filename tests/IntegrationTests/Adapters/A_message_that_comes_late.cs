using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Health.Adapters.Inbox;
using Health.Adapters.Mapping;
using Health.Contracts;
using Health.Hl7v2;
using Health.IntegrationTests.Platform;
using Microsoft.Extensions.DependencyInjection;

namespace Health.IntegrationTests.Adapters;

/// <summary>The admission L1 waits in the quarantine while L2 (the same, with another department) and L3 (the discharge) become records; then L1 goes through.</summary>
public sealed class A_message_that_comes_late(Database database) : IAsyncLifetime
{
    private const string Institution = "MY510703H001";
    private bool isRefusing = true;
    private Hospital hospital = null!;
    private HttpClient http = null!;
    private string late = "";

    public async ValueTask InitializeAsync()
    {
        hospital = await Hospital.OpenWhole(database);
        await hospital.Stop();
        hospital.Replace = services => services.AddSingleton<MapMessage>(Map);
        await hospital.Start();
        http = hospital.Host.Http.As("demo-operator", roles: "operator");
        using (await hospital.Send(Visit("L1", "A01", "内科", "|||||M"))) { }
        await hospital.UntilQuarantined(1);
        late = await hospital.Scalar<string>("select message_id from adapters.inbox");
        using (await hospital.Send(Visit("L2", "A01", "外科"))) { }
        using (await hospital.Send(Visit("L3", "A03", "外科"))) { }
        await hospital.UntilDone(2);
        isRefusing = false;
    }

    public async ValueTask DisposeAsync()
    {
        http.Dispose();
        await hospital.DisposeAsync();
    }

    [Fact]
    public async Task by_a_replay_adds_what_is_missing_and_resets_nothing_newer()
    {
        using var answer = await http.PostAsync($"/adapters/quarantine/{late}/replay", null);
        Assert.True(answer.IsSuccessStatusCode);
        await hospital.UntilDone(3);
        await TheNewerStays();
    }

    [Fact]
    public async Task by_a_correction_stands_where_its_original_did()
    {
        await Correct(late, Visit("L1", "A01", "儿科", "|||||M"));
        await hospital.UntilDone(3);
        await TheNewerStays();
        Assert.Equal(1L, await hospital.Scalar<long>("select count(*) from adapters.inbox where state = 'superseded'"));
        // What comes after the correction is later than it, and is recorded as ever.
        using (await hospital.Send(Visit("L4", "A13", "骨科"))) { }
        await hospital.UntilDone(4);
        Assert.Equal("in-progress", (await Encounter()).Text("status"));
    }

    [Fact]
    public async Task by_a_correction_of_a_correction_stands_there_too()
    {
        isRefusing = true;
        var second = await Correct(late, Visit("L1", "A01", "内科"));
        await hospital.UntilQuarantined(2);
        isRefusing = false;
        await Correct(second, Visit("L1", "A01", "儿科", "|||||M"));
        await hospital.UntilDone(3);
        await TheNewerStays();
        Assert.Equal(1L, await hospital.Scalar<long>("select count(*) from adapters.inbox where kind = 'correction' and state = 'done' and stands_at = 1"));
    }

    [Fact]
    public async Task leaves_alone_what_a_desk_has_written_since()
    {
        var patient = System.Text.Json.Nodes.JsonNode.Parse((await Read("Patient", IdentifierSystems.LocalPatient(Institution), "Z9")).GetRawText())!.AsObject();
        patient["maritalStatus"] = new System.Text.Json.Nodes.JsonObject { ["text"] = "desk" };
        var batch = new RecordBatch(
            "desk:1", new EventHeader("n", "client:demo-desk", PurposeOfUse.TREAT, "test"), Institution, await hospital.Scalar<string>("select resident_id from adapters.inbox where state = 'done' limit 1"),
            [new RecordWrite(WriteKind.Put, "Patient", patient["id"]!.GetValue<string>(), Encoding.UTF8.GetBytes(patient.ToJsonString()))]);
        Assert.False((await hospital.Host.Services.GetRequiredService<IRecordStore>().Commit(batch, default)).IsRefused);
        using var answer = await http.PostAsync($"/adapters/quarantine/{late}/replay", null);
        await hospital.UntilDone(3);
        Assert.Equal("desk", (await Read("Patient", IdentifierSystems.LocalPatient(Institution), "Z9")).GetProperty("maritalStatus").Text("text"));
    }

    private async Task TheNewerStays()
    {
        var encounter = await Encounter();
        Assert.Equal("finished", encounter.Text("status"));
        Assert.Contains("外科", encounter.GetRawText(), StringComparison.Ordinal);
        Assert.DoesNotContain("内科", encounter.GetRawText(), StringComparison.Ordinal);
        Assert.DoesNotContain("儿科", encounter.GetRawText(), StringComparison.Ordinal);
        Assert.Equal("M", (await Read("Patient", IdentifierSystems.LocalPatient(Institution), "Z9")).GetProperty("maritalStatus").GetProperty("coding")[0].Text("code"));
    }

    private MappingResult Map(Hl7Message message, MappingContext context) => isRefusing && message.ControlId == "L1"
        ? new MappingResult.Refused([Hl7Diagnostic.Error("PID-3", Hl7ErrorCode.RequiredFieldMissing, "Not yet.")])
        : MessageMapper.Map(message, context);

    /// <param name="more">Fields of PID from PID-12 on, with a separator before each.</param>
    private static string Visit(string controlId, string trigger, string department, string more = "") =>
        $"MSH|^~\\&|HIS|MYCH|HIE|MY|20261124090000||ADT^{trigger}|{controlId}|P|2.5.1\rEVN|{trigger}|20261124090000\rPID|1||Z9^^^MYCH^MR||王小明||19900101|M|||{more}\rPV1|1|I|{department}{new string('|', 16)}V9\r";

    private async Task<string> Correct(string messageId, string text)
    {
        using var content = new StringContent(text, Encoding.UTF8, "x-application/hl7-v2+er7");
        using var answer = await http.PostAsync($"/adapters/quarantine/{messageId}/correction", content);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        return (await answer.Content.ReadFromJsonAsync<JsonElement>()).Text("messageId");
    }

    private Task<JsonElement> Encounter() => Read("Encounter", IdentifierSystems.LocalVisit(Institution), "V9");

    private async Task<JsonElement> Read(string type, string system, string number)
    {
        var id = hospital.Host.Services.GetRequiredService<IKeyring>().DeriveId(type, system, number);
        return JsonDocument.Parse((await hospital.Host.Services.GetRequiredService<IRecordStore>().Read(type, id, default))!.Value).RootElement;
    }
}
