using System.Text;
using Health.Adapters.Listening;
using Health.Hl7v2.Mllp;
using Health.IntegrationTests.Platform;
using Microsoft.Extensions.DependencyInjection;

namespace Health.IntegrationTests.Adapters;

public sealed class MLLP_release_2(Database database) : IAsyncLifetime
{
    private Hospital hospital = null!;

    private int Port => hospital.Host.Services.GetRequiredService<MllpEndpoint>().R2Port;

    public async ValueTask InitializeAsync() => hospital = await Hospital.Open(database, ("MllpR2Port", "0"));

    public ValueTask DisposeAsync() => hospital.DisposeAsync();

    [Fact]
    public async Task tells_that_a_message_is_stored_before_it_is_acknowledged()
    {
        using var line = await Line.To(Port);
        await line.Say(Hospital.Registration("R1"));
        Assert.True((await line.HearFrame()).Commit);
        Assert.Equal(1L, await hospital.Scalar<long>("select count(*) from adapters.inbox where control_id = 'R1'"));
        using var ack = await line.Hear();
        Assert.Equal(("AA", "R1"), (ack.Get("MSA-1"), ack.Get("MSA-2")));
        await line.Say(MllpWriter.Commit(stored: true));
        await line.Say(Hospital.Registration("R2"));
        Assert.True((await line.HearFrame()).Commit);
    }

    [Fact]
    public async Task tells_that_a_message_is_not_stored_and_takes_it_when_it_comes_again()
    {
        using var line = await Line.To(Port);
        await using (var away = await hospital.Sql())
        {
            await Execute(away, "alter table adapters.inbox rename to inbox_away");
            await line.Say(Hospital.Registration("R3"));
            Assert.False((await line.HearFrame()).Commit);
            await Execute(away, "alter table adapters.inbox_away rename to inbox");
        }

        await line.Say(Hospital.Registration("R3"));
        Assert.True((await line.HearFrame()).Commit);
        using var ack = await line.Hear();
        Assert.Equal("AA", ack.Get("MSA-1"));
        Assert.Equal(1L, await hospital.Scalar<long>("select count(*) from adapters.inbox where control_id = 'R3'"));
    }

    [Fact]
    public async Task says_an_acknowledgement_again_that_its_peer_could_not_store_but_not_for_ever()
    {
        using var line = await Line.To(Port);
        await line.Say(Hospital.Registration("R4"));
        Assert.True((await line.HearFrame()).Commit);
        var first = (await line.HearFrame()).Body;
        for (var time = 1; time <= 3; time++)
        {
            await line.Say(MllpWriter.Commit(stored: false));
            Assert.Equal(first, (await line.HearFrame()).Body);
        }

        await line.Say(MllpWriter.Commit(stored: false));
        Assert.Equal(MllpFrameKind.End, (await line.HearFrame()).Kind);
    }

    [Fact]
    public async Task gives_an_application_acknowledgement_after_the_commit_of_the_one_before_and_owes_it_until_it_is_committed_too()
    {
        using var line = await Line.To(Port);
        await line.Say(Hospital.Registration("R6").Replace("|P|2.5.1", "|P|2.5.1|||AL|AL"));
        Assert.True((await line.HearFrame()).Commit);
        var accept = (await line.HearFrame()).Body;
        await hospital.UntilDone(1);
        // The application acknowledgement is due, and the accept acknowledgement is said again, not passed by.
        await line.Say(MllpWriter.Commit(stored: false));
        Assert.Equal(accept, (await line.HearFrame()).Body);
        await line.Say(MllpWriter.Commit(stored: true));
        var application = (await line.HearFrame()).Body;
        using (var read = Health.Hl7v2.Hl7Message.Read(application).Message!) Assert.Equal(("AA", "R6"), (read.Get("MSA-1"), read.Get("MSA-2")));
        await line.Say(MllpWriter.Commit(stored: false));
        Assert.Equal(application, (await line.HearFrame()).Body);
        Assert.Equal(1L, await hospital.Scalar<long>("select count(*) from adapters.inbox where application_ack is not null"));
        await line.Say(MllpWriter.Commit(stored: true));
        await hospital.Until("select count(*) from adapters.inbox where application_ack is not null", 0);
    }

    [Fact]
    public async Task gives_it_again_where_the_connection_ends_without_a_commit()
    {
        using (var line = await Line.To(Port))
        {
            await line.Say(Hospital.Registration("R7").Replace("|P|2.5.1", "|P|2.5.1|||AL|AL"));
            Assert.True((await line.HearFrame()).Commit);
            await line.HearFrame();
            await line.Say(MllpWriter.Commit(stored: true));
            using var lost = await line.Hear();
            Assert.Equal("AA", lost.Get("MSA-1"));
        }

        await hospital.Until("select count(*) from adapters.inbox where application_ack is not null and ack_attempts > 0", 1);
        using var again = await Line.To(Port);
        await again.Say(Hospital.Registration("R7").Replace("|P|2.5.1", "|P|2.5.1|||AL|AL"));
        Assert.True((await again.HearFrame()).Commit);
        await again.HearFrame();
        await again.Say(MllpWriter.Commit(stored: true));
        using var application = await again.Hear();
        Assert.Equal(("AA", "R7"), (application.Get("MSA-1"), application.Get("MSA-2")));
    }

    [Fact]
    public async Task is_spoken_by_the_sender_of_the_library_too()
    {
        await using var sender = new MllpSender("127.0.0.1", Port, TimeSpan.FromSeconds(20), TimeProvider.System) { Commits = true };
        for (var number = 1; number <= 3; number++)
            Assert.True((await sender.Send(Encoding.UTF8.GetBytes(Hospital.Registration($"S{number}")), default)).IsAccepted);
        Assert.Equal(3L, await hospital.Scalar<long>("select count(*) from adapters.inbox"));
    }

    [Fact]
    public async Task is_not_spoken_where_release_1_listens()
    {
        using var line = await Line.To(hospital.Port);
        await line.Say(Hospital.Registration("R5"));
        Assert.Null((await line.HearFrame()).Commit);
    }

    private static async Task Execute(Npgsql.NpgsqlConnection connection, string sql)
    {
        await using var command = new Npgsql.NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
