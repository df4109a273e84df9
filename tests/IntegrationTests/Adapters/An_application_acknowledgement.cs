using System.IO.Pipelines;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using Health.Hl7v2;
using Health.Hl7v2.Mllp;
using Health.IntegrationTests.Platform;

namespace Health.IntegrationTests.Adapters;

public sealed class An_application_acknowledgement(Database database) : IAsyncLifetime
{
    private readonly TcpListener returns = new(IPAddress.Loopback, 0);
    private Hospital hospital = null!;

    public async ValueTask InitializeAsync() => hospital = await Hospital.OpenWithLab(database, "{}");

    public async ValueTask DisposeAsync()
    {
        await hospital.DisposeAsync();
        returns.Dispose();
    }

    [Fact]
    public async Task follows_the_commit_acknowledgement_on_the_same_connection_with_an_id_of_its_own()
    {
        using var line = new Line(await hospital.Connect());
        await line.Say(Hospital.FromLab("E1", "||AL|AL"));
        using var commit = await line.Hear();
        using var application = await line.Hear();
        Assert.Equal(("CA", "E1"), (commit.Get("MSA-1"), commit.Get("MSA-2")));
        Assert.Equal(("AA", "E1"), (application.Get("MSA-1"), application.Get("MSA-2")));
        Assert.NotEqual(commit.ControlId, application.ControlId);
        await hospital.Until("select count(*) from adapters.inbox where application_ack is not null", 0);
    }

    [Fact]
    public async Task tells_where_the_message_is_wrong_and_comes_only_when_its_condition_asks()
    {
        using var line = new Line(await hospital.Connect());
        await line.Say(Hospital.FromLab("E2", "||NE|ER"));
        await line.Say(Hospital.FromLab("E3", "||NE|ER", pid3: ""));
        using var error = await line.Hear();
        Assert.Equal(("AE", "E3", "101", "PID-3"), (error.Get("MSA-1"), error.Get("MSA-2"), error.Get("ERR-3.1"), error.Get("ERR-7")));
        await hospital.Until("select count(*) from adapters.inbox where application_ack is not null", 0);
    }

    [Fact]
    public async Task goes_to_the_return_address_when_the_connection_is_closed_and_is_tried_until_it_is_committed()
    {
        returns.Start();
        await Restart($$"""{"returnAddress":"127.0.0.1:{{((IPEndPoint)returns.LocalEndpoint).Port}}"}""");
        hospital.Records.Before = (_, ct) => Task.Delay(Timeout.Infinite, ct);
        using (var line = new Line(await hospital.Connect()))
        {
            await line.Say(Hospital.FromLab("E4", "||AL|AL"));
            using var commit = await line.Hear();
            Assert.Equal("CA", commit.Get("MSA-1"));
        }

        // The process ends between the two acknowledgements; what is owed is given after the restart.
        await hospital.Stop();
        hospital.Records.Before = null;
        await hospital.Start();
        using (await returns.AcceptTcpClientAsync()) { }
        using var second = new Line(await returns.AcceptTcpClientAsync());
        using var application = await second.Hear();
        Assert.Equal(("AA", "E4", "AL"), (application.Get("MSA-1"), application.Get("MSA-2"), application.Get("MSH-15")));
        await second.Say($"MSH|^~\\&|LIS|LAB|HIE|MY|2026||ACK|R1|P|2.5.1\rMSA|CA|{application.ControlId}\r");
        await hospital.Until("select count(*) from adapters.inbox where application_ack is not null", 0);
    }

    [Fact]
    public async Task waits_for_a_sender_without_return_address_to_come_back_with_its_message()
    {
        hospital.Records.Before = (_, _) => throw new TimeoutException();
        using (var line = new Line(await hospital.Connect()))
        {
            await line.Say(Hospital.FromLab("E5", "||AL|AL"));
            using var first = await line.Hear();
        }

        hospital.Records.Before = null;
        await hospital.UntilDone(1);
        await hospital.Until("select count(*) from adapters.inbox where application_ack is not null and ack_attempts > 0", 1);
        using var again = new Line(await hospital.Connect());
        await again.Say(Hospital.FromLab("E5", "||AL|AL"));
        using var commit = await again.Hear();
        using var application = await again.Hear();
        Assert.Equal(("CA", "AA"), (commit.Get("MSA-1"), application.Get("MSA-1")));
    }

    [Fact]
    public async Task of_one_source_does_not_wait_for_the_dead_return_address_of_another()
    {
        using var living = new TcpListener(IPAddress.Loopback, 0);
        living.Start();
        // Takes connections and never answers: every try costs the whole time an answer may take.
        returns.Start(200);
        await hospital.Stop();
        await hospital.Lab($$"""{"returnAddress":"127.0.0.1:{{((IPEndPoint)returns.LocalEndpoint).Port}}"}""");
        await File.WriteAllTextAsync(
            Path.Combine(hospital.Folder, "sources", "ris.json"),
            $$"""{"id":"ris","institutionCode":"MY510703H001","sendingApplication":"RIS","sendingFacility":"LAB","protocol":{"returnAddress":"127.0.0.1:{{((IPEndPoint)living.LocalEndpoint).Port}}"} }""");
        await hospital.Start();
        hospital.Records.Before = (_, ct) => Task.Delay(Timeout.Infinite, ct);
        const int owed = 80;
        using (var line = new Line(await hospital.Connect()))
        {
            for (var i = 0; i < owed; i++)
            {
                await line.Say(Hospital.FromLab($"F{i}", "||AL|AL", $"P{i}"));
                using var commit = await line.Hear();
                Assert.Equal("CA", commit.Get("MSA-1"));
            }

            await line.Say(Hospital.FromLab("G1", "||AL|AL", "Q1").Replace("LIS|LAB", "RIS|LAB"));
            using var last = await line.Hear();
        }

        // Nothing is processed before the connection is closed, so all goes to the return addresses.
        await hospital.Stop();
        hospital.Records.Before = null;
        await hospital.Start();
        await hospital.UntilDone(owed + 1);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        using var second = new Line(await living.AcceptTcpClientAsync(limit.Token));
        using var application = await second.Hear();
        Assert.Equal(("AA", "G1"), (application.Get("MSA-1"), application.Get("MSA-2")));
        await second.Say($"MSH|^~\\&|RIS|LAB|HIE|MY|2026||ACK|R1|P|2.5.1\rMSA|CA|{application.ControlId}\r");
        await hospital.Until("select count(*) from adapters.inbox where application_ack is not null and source_id = 'ris'", 0);
        Assert.Equal((long)owed, await hospital.Scalar<long>("select count(*) from adapters.inbox where application_ack is not null"));
    }

    [Fact]
    public async Task is_the_only_answer_in_original_mode_when_the_source_wants_it_after_processing()
    {
        await Restart("""{"answerAfterProcessing":true}""");
        using var accepted = await hospital.Send(Hospital.FromLab("E6"));
        using var kept = await hospital.Send(Hospital.FromLab("E7", pid3: ""));
        using var again = await hospital.Send(Hospital.FromLab("E7", pid3: ""));
        Assert.Equal(("AA", "AE", "AE"), (accepted.Get("MSA-1"), kept.Get("MSA-1"), again.Get("MSA-1")));
        Assert.Equal(kept.ControlId, again.ControlId);
        Assert.Equal(1L, await hospital.Scalar<long>("select count(*) from adapters.inbox where state = 'done' and control_id = 'E6'"));
    }

    [Fact]
    public async Task is_not_given_before_its_time_and_the_sender_that_sends_again_gets_it()
    {
        await Restart("""{"answerAfterProcessing":true,"answerWithinSeconds":0.2}""");
        hospital.Records.Before = (_, _) => throw new TimeoutException();
        Assert.Null(await hospital.Send(Encoding.UTF8.GetBytes(Hospital.FromLab("E8"))));
        hospital.Records.Before = null;
        await hospital.UntilDone(1);
        using var ack = await hospital.Send(Hospital.FromLab("E8"));
        Assert.Equal("AA", ack.Get("MSA-1"));
        Assert.Single(hospital.Records.Written);
    }

    [Fact]
    public async Task is_the_answer_over_HTTP_where_nothing_can_follow()
    {
        using var http = hospital.Host.Http.As("sender", "MY510703H001");
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes(Hospital.FromLab("E9", "||NE|AL")));
        content.Headers.ContentType = MediaTypeHeaderValue.Parse("application/hl7-v2");
        using var answer = await http.PostAsync("/adapters/hl7v2", content);
        using var ack = Hl7Message.Read(await answer.Content.ReadAsByteArrayAsync()).Message!;
        Assert.Equal((HttpStatusCode.OK, "AA", "E9"), (answer.StatusCode, ack.Get("MSA-1"), ack.Get("MSA-2")));
        Assert.Equal(1L, await hospital.Scalar<long>("select count(*) from adapters.inbox where state = 'done'"));
    }

    private async Task Restart(string protocol)
    {
        await hospital.Stop();
        await hospital.Lab(protocol);
        await hospital.Start();
    }
}
