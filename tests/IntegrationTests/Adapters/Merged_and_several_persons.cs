using System.Net.Http.Json;
using System.Text.Json;
using Health.Adapters.Inbox;
using Health.Adapters.Mapping;
using Health.Adapters.Remap;
using Health.Contracts;
using Health.IntegrationTests.Broker;
using Health.IntegrationTests.Platform;
using Microsoft.Extensions.DependencyInjection;

namespace Health.IntegrationTests.Adapters;

/// <summary>Messages about more than one Patient, from the socket through the index of persons to what a search finds.</summary>
public sealed class Merged_and_several_persons(Database database) : IAsyncLifetime
{
    private const string Municipal = "MY510703H001";
    private Hospital hospital = null!;
    private HttpClient http = null!;
    private int done;

    public async ValueTask InitializeAsync()
    {
        hospital = await Hospital.OpenWhole(database);
        http = hospital.Host.Http.As("demo-hospital", Municipal, "clinician");
    }

    public async ValueTask DisposeAsync()
    {
        http.Dispose();
        await hospital.DisposeAsync();
    }

    [Fact]
    public async Task are_one_resident_after_a_merge_and_stay_so_when_the_old_number_comes_again()
    {
        await Process(Adt("M1", "A04", "PID|1||Z0^^^MYCH^MR||王小明||19900101|M\rPV1|1|O|0101||||||||||||||||V0"));
        await Process(Adt("M2", "A04", "PID|1||Z1^^^MYCH^MR||王小明||19900101|M\rPV1|1|O|0101||||||||||||||||V1"));
        var (prior, survivor) = ((await Patient("Z0")).Text("id"), (await Patient("Z1")).Text("id"));
        Assert.NotEqual(await ResidentOf(prior), await ResidentOf(survivor));

        await Process(Adt("M3", "A40", "PID|1||Z1^^^MYCH^MR||王小明||19900101|M\rMRG|Z0^^^MYCH^MR"));
        Assert.Equal(await ResidentOf(survivor), await ResidentOf(prior));
        Assert.Equal("replaced-by", (await Patient("Z0")).GetProperty("link")[0].Text("type"));

        await Process(Adt("M4", "A08", "PID|1||Z0^^^MYCH^MR||王小明||19900101|M|||||13800000001\rPV1|1|O|0101||||||||||||||||V2"));
        var after = await Patient("Z0");
        Assert.Equal("13800000001", after.GetProperty("telecom")[0].Text("value"));
        Assert.False(after.GetProperty("active").GetBoolean());
        Assert.Equal($"Patient/{survivor}", after.GetProperty("link")[0].GetProperty("other").Text("reference"));
        Assert.Equal(await ResidentOf(survivor), await ResidentOf(prior));
        Assert.Equal([prior, survivor], (await hospital.Host.Services.GetRequiredService<IResidentIndex>().PatientsOf((await ResidentOf(survivor))!, default)).Order(StringComparer.Ordinal).OrderBy(id => id == survivor));
        // What comes under the old number from now on is in the record of the survivor.
        var everything = (await http.GetFromJsonAsync<JsonElement>($"/fhir/Patient/{survivor}/$everything")).GetRawText();
        Assert.Contains("\"V2\"", everything, StringComparison.Ordinal);
        Assert.Contains("\"V1\"", everything, StringComparison.Ordinal);
    }

    [Fact]
    public async Task are_linked_by_a_remap_where_the_mapper_of_then_saw_no_merge()
    {
        await Restart(services => services.AddSingleton<MapMessage>((message, context) => MessageMapper.Map(message, context) is MappingResult.Mapped mapped
            ? mapped with { Merges = [], Writes = [.. mapped.Writes.Where(write => write.ResourceType != "Patient" || write.Id == mapped.Identity!.PatientId)] }
            : throw new InvalidOperationException()));
        await Process(Adt("N1", "A04", "PID|1||Z0^^^MYCH^MR||王小明||19900101|M"));
        await Process(Adt("N2", "A40", "PID|1||Z1^^^MYCH^MR||王小明||19900101|M\rMRG|Z0^^^MYCH^MR"));
        var (prior, survivor) = ((await Patient("Z0")).Text("id"), (await Patient("Z1")).Text("id"));
        Assert.NotEqual(await ResidentOf(survivor), await ResidentOf(prior));

        await Restart(services =>
        {
            services.AddSingleton<MapMessage>(MessageMapper.Map);
            services.AddSingleton(new MapperVersion("mended"));
        });
        using var operators = hospital.Host.Http.As("demo-operator", roles: "operator");
        using (var dry = await operators.PostAsync("/adapters/remap?since=2026-01-01T00:00:00Z&dryRun=true", null)) dry.EnsureSuccessStatusCode();
        Assert.NotEqual(await ResidentOf(survivor), await ResidentOf(prior));
        using (var remap = await operators.PostAsync("/adapters/remap?since=2026-01-01T00:00:00Z", null)) remap.EnsureSuccessStatusCode();
        Assert.Equal(await ResidentOf(survivor), await ResidentOf(prior));
        Assert.Equal("replaced-by", (await Patient("Z0")).GetProperty("link")[0].Text("type"));
    }

    [Fact]
    public async Task have_their_own_records_of_one_message_and_close_it_when_either_is_erased()
    {
        await Process(Adt("S1", "A17", "PID|1||Z1^^^MYCH^MR||王小明||19900101|M\rPV1|1|I|NK03^0312^01||||||||||||||||V1\rPID|2||Z2^^^MYCH^MR||李四||19910101|F\rPV1|1|I|NK03^0312^02||||||||||||||||V2"));
        var (first, second) = ((await Patient("Z1")).Text("id"), (await Patient("Z2")).Text("id"));
        var (one, other) = (await ResidentOf(first), await ResidentOf(second));
        Assert.NotEqual(one, other);
        Assert.Equal(2L, await hospital.Scalar<long>($"select count(*) from fhir.resource where resident = '{other}' and type in ('Patient', 'Encounter')"));
        // Each has a Provenance of their own that names nobody else.
        foreach (var (patient, stranger) in new[] { (first, second), (second, first) })
        {
            var found = (await http.GetFromJsonAsync<JsonElement>($"/fhir/Provenance?target=Patient/{patient}")).GetProperty("entry");
            Assert.DoesNotContain(stranger, Assert.Single(found.EnumerateArray()).GetRawText(), StringComparison.Ordinal);
        }

        var messages = hospital.Host.Services.GetRequiredService<IRawMessages>();
        var id = await hospital.Scalar<string>("select message_id from adapters.inbox");
        Assert.Equal([other!], (await messages.Open(id, default))!.OtherResidents);
        Assert.Null(await hospital.Host.Services.GetRequiredService<IResidentErasure>().Erase(other!, "test-data", TestPeople.Header, default));
        Assert.Null(await messages.Open(id, default));
        Assert.Equal("王小明", (await Patient("Z1")).GetProperty("name")[0].Text("text"));
    }

    [Fact]
    public async Task are_all_refused_with_the_place_when_one_cannot_be_taken()
    {
        using (await hospital.Send(Adt("Q1", "A17", "PID|1||Z1^^^MYCH^MR||王小明\rPID|2||||李四"))) { }
        await hospital.UntilQuarantined(1);
        Assert.Equal("PID[2]-3", await hospital.Scalar<string>("select path from adapters.quarantine"));
        Assert.Equal(0L, await hospital.Scalar<long>("select count(*) from fhir.resource where institution = 'MY510703H001'"));
        Assert.Equal(0L, await hospital.Scalar<long>("select count(*) from broker.patient_link"));
    }

    private async Task Restart(Action<IServiceCollection> replace)
    {
        await hospital.Stop();
        hospital.Replace = replace;
        await hospital.Start();
        http.Dispose();
        http = hospital.Host.Http.As("demo-hospital", Municipal, "clinician");
    }

    private static string Adt(string controlId, string trigger, string segments) =>
        $"MSH|^~\\&|HIS|MYCH|HIE|MY|20261124090000||ADT^{trigger}|{controlId}|P|2.5.1\rEVN|{trigger}|20261124090000\r{segments}\r";

    private async Task Process(string message)
    {
        using (var ack = await hospital.Send(message)) Assert.Equal("AA", ack.Get("MSA-1"));
        await hospital.UntilDone(++done);
    }

    private async Task<JsonElement> Patient(string number)
    {
        var found = await http.GetFromJsonAsync<JsonElement>($"/fhir/Patient?identifier={IdentifierSystems.LocalPatient(Municipal)}|{number}");
        return Assert.Single(found.GetProperty("entry").EnumerateArray()).GetProperty("resource");
    }

    private async Task<string?> ResidentOf(string patientId) => await hospital.Host.Services.GetRequiredService<IResidentIndex>().ResidentOf(patientId, default);
}
