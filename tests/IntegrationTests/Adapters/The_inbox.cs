using System.Text;
using System.Text.Json;
using Health.Contracts;
using Health.IntegrationTests.Platform;
using Microsoft.Extensions.DependencyInjection;
using Wolverine;

namespace Health.IntegrationTests.Adapters;

public sealed class The_inbox(Database database) : IAsyncLifetime
{
    private Hospital hospital = null!;

    public async ValueTask InitializeAsync() => hospital = await Hospital.Open(database);

    public ValueTask DisposeAsync() => hospital.DisposeAsync();

    [Fact]
    public async Task stores_each_message_once_and_many_connections_share_commits()
    {
        const int connections = 8, each = 25;
        var gate = new TaskCompletionSource();
        hospital.Records.Before = (_, _) => gate.Task;
        await Task.WhenAll(Enumerable.Range(0, connections).Select(SendAll));
        Assert.Equal((long)connections * each, await hospital.Scalar<long>("select count(*) from adapters.inbox"));
        Assert.InRange(await hospital.Scalar<long>("select count(distinct xmin::text) from adapters.inbox"), 1, connections * each - 1);
        gate.SetResult();
        await hospital.UntilDone(connections * each);
        Assert.Equal(connections * each, hospital.Records.Written.Count);
        await hospital.Until("select count(*) from events.mt_events where type = 'adapters.message-processed.v1'", connections * each);
        // The receipt is in the log before what became of the message, once.
        Assert.Equal((long)connections * each, await hospital.Scalar<long>("select count(*) from events.mt_events where type = 'adapters.message-received.v1' and version = 1"));

        async Task SendAll(int connection)
        {
            using var client = await hospital.Connect();
            for (var i = 0; i < each; i++)
                Assert.NotNull(await Hospital.Send(client.GetStream(), Encoding.UTF8.GetBytes(Hospital.Registration($"C{connection}-{i}", $"P{connection}-{i}"))));
        }
    }

    [Fact]
    public async Task keeps_the_order_of_each_patient()
    {
        const int patients = 5, each = 8;
        for (var i = 0; i < each; i++)
            for (var patient = 0; patient < patients; patient++)
            {
                using var ack = await hospital.Send(Hospital.Registration($"D{patient}-{i}", $"Q{patient}"));
            }

        await hospital.UntilDone(patients * each);
        var order = hospital.Records.Written.Select(batch => JsonDocument.Parse(batch.Writes[0].Json).RootElement.GetProperty("language").GetString()!.Split('-')).ToList();
        foreach (var patient in order.GroupBy(one => one[0]))
            Assert.Equal(Enumerable.Range(0, each), patient.Select(one => int.Parse(one[1])));
    }

    [Fact]
    public async Task does_not_let_a_later_message_of_a_patient_pass_one_that_has_to_wait()
    {
        var isAway = true;
        hospital.Records.Before = (batch, _) => isAway && Text(batch).Contains("E1", StringComparison.Ordinal) ? throw new TimeoutException() : Task.CompletedTask;
        using (await hospital.Send(Hospital.Registration("E1", "R1"))) { }
        await hospital.Until("select count(*) from adapters.inbox where attempts > 0 and state = 'received'", 1);
        using (await hospital.Send(Hospital.Registration("E2", "R1"))) { }
        using (await hospital.Send(Hospital.Registration("E3", "R2"))) { }
        await hospital.UntilDone(1);
        Assert.Contains("E3", Text(Assert.Single(hospital.Records.Written)), StringComparison.Ordinal);
        isAway = false;
        await hospital.UntilDone(3);
        Assert.Equal(["E3", "E1", "E2"], hospital.Records.Written.Select(batch => JsonDocument.Parse(batch.Writes[0].Json).RootElement.GetProperty("language").GetString()));
    }

    [Fact]
    public async Task keeps_a_message_about_two_patients_in_order_with_each_of_them()
    {
        var gate = new TaskCompletionSource();
        hospital.Records.Before = (batch, _) => Text(batch).Contains("O1", StringComparison.Ordinal) ? gate.Task : Task.CompletedTask;
        using (await hospital.Send(Hospital.Registration("O1", "T2"))) { }
        using (await hospital.Send(Hospital.Registration("O2", "T1").Replace("PV1|1|O\r", "PV1|1|O\rPID|2||T2||李四\rPV1|1|O\r"))) { }
        using (await hospital.Send(Hospital.Registration("O3", "T1"))) { }
        using (await hospital.Send(Hospital.Registration("O4", "T3"))) { }
        // In one batch or in several: nobody else has finished anything, and the one about T3 waits for nobody.
        await hospital.Until("select count(*) from adapters.inbox", 4);
        while (hospital.Records.Written.IsEmpty) await hospital.UntilDone(0);
        Assert.Contains("O4", Text(Assert.Single(hospital.Records.Written)), StringComparison.Ordinal);
        gate.SetResult();
        await hospital.UntilDone(4);
        Assert.Equal(["O4", "O1", "O2", "O3"], hospital.Records.Written.Select(batch => JsonDocument.Parse(batch.Writes[0].Json).RootElement.GetProperty("language").GetString()));
    }

    [Fact]
    public async Task works_off_many_messages_of_one_patient_in_their_order_without_looking_at_all_of_them_each_time()
    {
        const int many = 200;
        var gate = new TaskCompletionSource();
        hospital.Records.Before = (_, _) => gate.Task;
        using var client = await hospital.Connect();
        for (var i = 0; i < many; i++) Assert.NotNull(await Hospital.Send(client.GetStream(), Encoding.UTF8.GetBytes(Hospital.Registration($"W{i}", "ONE"))));
        gate.SetResult();
        await hospital.UntilDone(many);
        Assert.Equal(Enumerable.Range(0, many).Select(i => $"W{i}"), hospital.Records.Written.Select(batch => JsonDocument.Parse(batch.Writes[0].Json).RootElement.GetProperty("language").GetString()));
        // Those of one claim were finished together.
        Assert.InRange(await hospital.Scalar<long>("select count(distinct finished_at) from adapters.inbox"), 1, many / 4);
    }

    [Fact]
    public async Task names_no_person_and_seals_the_message_under_the_key_of_its_resident()
    {
        using (await hospital.Send(Hospital.Registration("F1", "PLAIN-77", "王珍稀"))) { }
        await hospital.UntilDone(1);
        var dump = await hospital.Scalar<string>("select (select string_agg(i::text, E'\\n') from adapters.inbox as i) || (select string_agg(e.data::text || e.headers::text, E'\\n') from events.mt_events as e where e.type like 'adapters.%')");
        Assert.DoesNotContain("王珍稀", dump, StringComparison.Ordinal);
        Assert.DoesNotContain("PLAIN-77", dump, StringComparison.Ordinal);
        Assert.DoesNotContain(Convert.ToHexStringLower(Encoding.UTF8.GetBytes("PLAIN-77")), dump, StringComparison.Ordinal);
        Assert.Equal(await hospital.Scalar<string>("select 'r:' || resident_id from adapters.inbox"), await hospital.Scalar<string>("select wrapped_by from adapters.inbox"));
        var provenance = Assert.Single(hospital.Records.Written).Writes[^1];
        Assert.Equal("Provenance", provenance.ResourceType);
        using var json = JsonDocument.Parse(provenance.Json);
        Assert.Equal($"Binary/{await hospital.Scalar<string>("select message_id from adapters.inbox")}", json.RootElement.GetProperty("entity")[0].GetProperty("what").GetProperty("reference").GetString());
        Assert.Equal("Organization/my510703h001", json.RootElement.GetProperty("agent")[0].GetProperty("who").GetProperty("reference").GetString());
    }

    [Fact]
    public async Task publishes_a_notice_for_what_it_finished()
    {
        await hospital.Stop();
        var heard = new HeardNotices();
        hospital.Add = builder =>
        {
            builder.Services.AddSingleton(heard);
            builder.Services.ConfigureWolverine(options => options.Discovery.IncludeType<HeardNoticesHandler>());
        };
        await hospital.Start();
        using (await hospital.Send(Hospital.Registration("G1"))) { }
        using (await hospital.Send(Hospital.Registration("G2", ""))) { }
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        List<MessageProcessed> notices = [await heard.Next(limit.Token), await heard.Next(limit.Token)];
        Assert.Equal([("accepted", "ADT^A04", "MY510703H001"), ("quarantined", "ADT^A04", "MY510703H001")], notices.Select(one => (one.Outcome, one.MessageType, one.InstitutionCode)).Order());
        // What the bus has is owed no longer.
        await hospital.Until("select count(*) from adapters.notice", 0);
    }

    private static string Text(RecordBatch batch) => Encoding.UTF8.GetString(batch.Writes[0].Json.Span);
}
