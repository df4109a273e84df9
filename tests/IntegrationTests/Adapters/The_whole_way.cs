using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Health.Contracts;
using Health.Hl7v2;
using Health.IntegrationTests.Platform;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Health.IntegrationTests.Adapters;

/// <summary>From the socket to the record, with the real mapping, index of persons and record store.</summary>
public sealed class The_whole_way(Database database) : IAsyncLifetime
{
    private Hospital hospital = null!;

    public async ValueTask InitializeAsync() => hospital = await Hospital.OpenWhole(database);

    public ValueTask DisposeAsync() => hospital.DisposeAsync();

    [Fact]
    public async Task leads_a_registration_to_a_patient_and_its_provenance_back_to_the_bytes()
    {
        var message = Hospital.Registration("X1", "Z1^^^MYCH^MR", "王^小明").Replace("PV1|1|O", "PV1|1|O|0101||||||||||||||||V1");
        using (var ack = await hospital.Send(message)) Assert.Equal("AA", ack.Get("MSA-1"));
        using (await hospital.Send(message)) { }
        await hospital.UntilDone(1);
        using var http = hospital.Host.Http.As("demo-hospital", "MY510703H001", "clinician");
        var resources = await hospital.Scalar<string[]>("select resources from adapters.inbox");
        var patient = await Read(http, resources.Single(one => one.StartsWith("Patient/", StringComparison.Ordinal)));
        Assert.Equal("1", patient.GetProperty("meta").GetProperty("versionId").GetString());
        var provenance = await Read(http, resources.Single(one => one.StartsWith("Provenance/", StringComparison.Ordinal)));
        var raw = provenance.GetProperty("entity")[0].GetProperty("what").GetProperty("reference").GetString()!;
        var binary = await http.GetFromJsonAsync<JsonElement>($"/fhir/{raw}");
        Assert.Equal(message, Encoding.UTF8.GetString(Convert.FromBase64String(binary.GetProperty("data").GetString()!)));
    }

    /// <summary>A version and the Provenance of the message that made it are of one commit: they have the same instant, and no other version has it.</summary>
    [Fact]
    public async Task leads_from_every_version_of_a_resource_back_to_the_message_that_made_it()
    {
        string[] messages =
        [
            Hospital.Registration("V1", "Z9^^^MYCH^MR", "王^小明").Replace("PV1|1|O", "PV1|1|O|0101||||||||||||||||VV1"),
            Hospital.Registration("V2", "Z9^^^MYCH^MR", "王^大明").Replace("PV1|1|O", "PV1|1|O|0101||||||||||||||||VV2"),
            Hospital.Registration("V3", "Z9^^^MYCH^MR", "王^老明").Replace("PV1|1|O", "PV1|1|O|0101||||||||||||||||VV3"),
        ];
        for (var i = 0; i < messages.Length; i++)
        {
            using (var ack = await hospital.Send(messages[i])) Assert.Equal("AA", ack.Get("MSA-1"));
            await hospital.UntilDone(i + 1);
        }

        using var http = hospital.Host.Http.As("demo-hospital", "MY510703H001", "clinician");
        var first = (await hospital.Scalar<string[]>("select resources from adapters.inbox order by received_at limit 1")).Single(one => one.StartsWith("Patient/", StringComparison.Ordinal));
        var id = first.Split('/')[1];
        var history = await http.GetFromJsonAsync<JsonElement>($"/fhir/Patient/{id}/_history");
        var versions = history.GetProperty("entry").EnumerateArray().Select(entry => entry.GetProperty("resource").GetProperty("meta")).Reverse().ToList();
        Assert.Equal(["1", "2", "3"], versions.Select(meta => meta.GetProperty("versionId").GetString()));
        for (var i = 0; i < messages.Length; i++)
        {
            var at = Uri.EscapeDataString(versions[i].GetProperty("lastUpdated").GetString()!);
            var found = await http.GetFromJsonAsync<JsonElement>($"/fhir/Provenance?target=Patient/{id}&_lastUpdated={at}");
            var provenance = Assert.Single(found.GetProperty("entry").EnumerateArray()).GetProperty("resource");
            var binary = await http.GetFromJsonAsync<JsonElement>($"/fhir/{provenance.GetProperty("entity")[0].GetProperty("what").GetProperty("reference").GetString()}");
            Assert.Equal(messages[i], Encoding.UTF8.GetString(Convert.FromBase64String(binary.GetProperty("data").GetString()!)));
        }

        using var others = hospital.Host.Http.As("demo-county", "MY510722H001", "clinician");
        using var hidden = await others.GetAsync($"/fhir/Provenance?target=Patient/{id}");
        Assert.DoesNotContain("Binary/", await hidden.Content.ReadAsStringAsync());
    }

    /// <summary>Every message of the corpus ends accepted or quarantined with a reason; of well-formed ADT^A01 and ORU^R01 nine in ten are read back as records.</summary>
    [Fact]
    public async Task is_found_by_the_messages_others_wrote()
    {
        var folder = Environment.GetEnvironmentVariable("HEALTH_SHARED") ?? Shared();
        if (folder is null) Assert.Skip("The corpus (shared/data/hl7v2/corpus) is not present here.");
        var files = Directory.EnumerateFiles(Path.Combine(folder, "data", "hl7v2", "corpus"), "*", SearchOption.AllDirectories).Where(path => Path.GetExtension(path) is ".hl7" or ".txt");
        var messages = files.SelectMany(file => Hl7Batch.Split(File.ReadAllBytes(file))).Select(one => one.ToArray()).ToList();
        await Task.WhenAll(messages.Chunk((messages.Count / 4) + 1).Select(SendAll));
        await hospital.Until("select count(*) from adapters.inbox where state = 'received'", 0, seconds: 240);

        var table = await hospital.Scalar<string>(
            """
            select string_agg(concat_ws(' ', type, state, err_code, path, n), E'\n' order by type, state) from (
                select message_type || '^' || trigger_event as type, state, err_code, path, count(*) as n
                from adapters.inbox left join adapters.quarantine using (message_id) group by 1, 2, 3, 4) as counts
            """);
        TestContext.Current.TestOutputHelper?.WriteLine(table);
        Assert.Equal(0L, await hospital.Scalar<long>("select count(*) from adapters.inbox left join adapters.quarantine using (message_id) where state = 'quarantined' and err_code is null"));
        var (asked, back) = await ReadBack();
        TestContext.Current.TestOutputHelper?.WriteLine($"well-formed ADT^A01 and ORU^R01: {back} of {asked} read back");
        Assert.True(asked > 150, $"{asked} messages are too few to judge by.");
        Assert.True(back >= 0.9 * asked, $"{back} of {asked} read back.\n{table}");

        async Task SendAll(byte[][] part)
        {
            using var client = await hospital.Connect();
            foreach (var message in part)
            {
                if (IsAnswered(message)) Assert.NotNull(await Hospital.Send(client.GetStream(), message));
                else await client.GetStream().WriteAsync(Hl7.Frame(message));
            }

            // Answered after all before it: what is not acknowledged is stored by then, too.
            Assert.NotNull(await Hospital.Send(client.GetStream(), Encoding.UTF8.GetBytes(Hospital.Registration($"END-{part.Length}-{part[0].Length}", "END^^^MYCH^MR"))));
        }
    }

    /// <summary>Of the stored messages that are well-formed: how many there are, and of how many the door gives a record.</summary>
    private async Task<(int Asked, int Back)> ReadBack()
    {
        List<(string Id, string[] Resources)> stored = [];
        await using (var connection = await hospital.Sql())
        {
            await using var command = new NpgsqlCommand("select message_id, resources from adapters.inbox where kind = 'original' and (message_type, trigger_event) in (('ADT', 'A01'), ('ORU', 'R01'))", connection);
            await using var rows = await command.ExecuteReaderAsync();
            while (await rows.ReadAsync()) stored.Add((rows.GetString(0), rows.GetFieldValue<string[]>(1)));
        }

        using var http = hospital.Host.Http.As("any", "MY510700T001", "clinician");
        var messages = hospital.Host.Services.GetRequiredService<IRawMessages>();
        var (asked, back) = (0, 0);
        foreach (var (id, resources) in stored)
        {
            if (!IsWellFormed((await messages.Open(id, default))!.Bytes)) continue;
            asked++;
            if (resources.FirstOrDefault(one => !one.StartsWith("Provenance/", StringComparison.Ordinal)) is not { } record) continue;
            var json = await Read(http, record);
            if (json.GetProperty("resourceType").GetString() == record.Split('/')[0]) back++;
        }

        return (asked, back);
    }

    /// <summary>As docs/hl7v2.md defines it: no error of the reader, and the segment its type is about.</summary>
    private static bool IsWellFormed(byte[] raw)
    {
        using var message = Hl7Message.Read(raw).Message;
        return message is not null && !message.Diagnostics.Any(one => one.IsError)
            && (message.Segment("PID").Exists || (message.MessageCode == "ORU" && (message.Segment("OBR").Exists || message.Segment("OBX").Exists)));
    }

    private static bool IsAnswered(byte[] raw)
    {
        using var message = Hl7Message.Read(raw).Message;
        return message is null || (!AckBuilder.IsAcknowledgement(message) && AckBuilder.CodeFor(message, Hl7AckOutcome.Accepted) is not null);
    }

    private static async Task<JsonElement> Read(HttpClient http, string versioned) => await http.GetFromJsonAsync<JsonElement>($"/fhir/{versioned}");

    private static string? Shared()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (Directory.Exists(Path.Combine(folder.FullName, "shared", "data", "hl7v2", "corpus"))) return Path.Combine(folder.FullName, "shared");
        return null;
    }
}
