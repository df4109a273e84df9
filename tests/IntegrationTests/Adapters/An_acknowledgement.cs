using System.Text;
using Health.Hl7v2;
using Health.IntegrationTests.Platform;
using Npgsql;

namespace Health.IntegrationTests.Adapters;

public sealed class An_acknowledgement(Database database) : IAsyncLifetime
{
    private Hospital hospital = null!;

    public async ValueTask InitializeAsync() => hospital = await Hospital.Open(database);

    public ValueTask DisposeAsync() => hospital.DisposeAsync();

    [Fact]
    public async Task comes_only_after_the_commit()
    {
        // Whoever commits a row of the inbox waits for this lock: the insert is done then, the commit is not.
        const long held = 4_711;
        await using var connection = await hospital.Sql();
        await Execute(connection,
            $"""
            create function adapters.held() returns trigger language plpgsql as $$ begin perform pg_advisory_xact_lock({held}); return null; end $$;
            create constraint trigger held after insert on adapters.inbox deferrable initially deferred for each row execute function adapters.held()
            """);
        await Execute(connection, $"select pg_advisory_lock({held})");
        using var client = await hospital.Connect();
        var answer = Hospital.Send(client.GetStream(), Encoding.UTF8.GetBytes(Hospital.Registration("A1")));
        await hospital.Until($"select count(*) from pg_locks where locktype = 'advisory' and objid = {held} and not granted", 1);
        Assert.Equal(1L, await hospital.Scalar<long>("select count(*) from pg_locks where locktype = 'relation' and relation = 'adapters.inbox'::regclass and mode = 'RowExclusiveLock' and pid in (select pid from pg_locks where not granted)"));
        Assert.False(answer.IsCompleted);
        await Execute(connection, $"select pg_advisory_unlock({held})");
        using var ack = Hl7Message.Read(Assert.IsType<byte[]>(await answer)).Message!;
        Assert.Equal(("AA", "A1"), (ack.Get("MSA-1"), ack.Get("MSA-2")));
        Assert.Equal(1L, await hospital.Scalar<long>("select count(*) from adapters.inbox"));
    }

    [Fact]
    public async Task is_the_same_byte_for_byte_when_the_message_comes_again_even_with_a_new_time()
    {
        var first = await hospital.Send(Encoding.UTF8.GetBytes(Hospital.Registration("A2")));
        var again = await hospital.Send(Encoding.UTF8.GetBytes(Hospital.Registration("A2", time: "20261124090500")));
        Assert.Equal(first, again);
        await hospital.UntilDone(1);
        Assert.Equal(first, await hospital.Send(Encoding.UTF8.GetBytes(Hospital.Registration("A2"))));
        Assert.Single(hospital.Records.Written);
        Assert.Equal(1L, await hospital.Scalar<long>("select count(*) from adapters.inbox"));
    }

    [Fact]
    public async Task of_a_control_id_used_again_is_an_error_and_the_message_is_kept_once()
    {
        using var accepted = await hospital.Send(Hospital.Registration("A3"));
        var first = await hospital.Send(Encoding.UTF8.GetBytes(Hospital.Registration("A3", "P2")));
        var again = await hospital.Send(Encoding.UTF8.GetBytes(Hospital.Registration("A3", "P2")));
        using var refused = Hl7Message.Read(first!).Message!;
        Assert.Equal(("AE", "A3", "205", "MSH^1^10^1"), (refused.Get("MSA-1"), refused.Get("MSA-2"), refused.Get("ERR-3.1"), refused.Get("ERR-2")));
        Assert.Equal(first, again);
        Assert.Equal(1L, await hospital.Scalar<long>("select count(*) from adapters.inbox where kind = 'reuse' and state = 'quarantined'"));
        Assert.Equal(1L, await hospital.Scalar<long>("select count(*) from adapters.quarantine where err_code = '205' and path = 'MSH-10'"));
    }

    [Fact]
    public async Task is_a_reject_for_a_sender_nobody_registered_and_nothing_is_stored()
    {
        using var ack = await hospital.Send(Hospital.Registration("A4", sender: "OTHER|PLACE"));
        Assert.Equal(("AR", "A4", "204"), (ack.Get("MSA-1"), ack.Get("MSA-2"), ack.Get("ERR-3.1")));
        using var junk = await hospital.Send("this is no message");
        Assert.Equal(("AR", "100"), (junk.Get("MSA-1"), junk.Get("ERR-3.1")));
        Assert.Equal(0L, await hospital.Scalar<long>("select count(*) from adapters.inbox"));
    }

    [Fact]
    public async Task is_a_commit_acknowledgement_in_enhanced_mode_and_none_for_an_acknowledgement()
    {
        using var client = await hospital.Connect();
        var acknowledgement = "MSH|^~\\&|HIS|MYCH|HIE|MY|2026||ACK|X|P|2.5.1\rMSA|AA|1\r"u8.ToArray();
        await client.GetStream().WriteAsync(Hl7.Frame(acknowledgement));
        var answer = await Hospital.Send(client.GetStream(), Encoding.UTF8.GetBytes(Hospital.Registration("A5").Replace("|P|2.5.1", "|P|2.5.1|||AL|NE")));
        using var ack = Hl7Message.Read(answer!).Message!;
        Assert.Equal(("CA", "A5"), (ack.Get("MSA-1"), ack.Get("MSA-2")));
    }

    [Fact]
    public async Task is_in_the_charset_of_the_sender_and_the_message_is_kept_as_it_came()
    {
        var bytes = Hl7Charset.Gb18030.Encoding.GetBytes(Hospital.Registration("A6", name: "珅^昞", sender: "CIS^珅医院|YXWS"));
        using var ack = Hl7Message.Read((await hospital.Send(bytes))!, Hl7Charset.Gb18030).Message!;
        Assert.Equal(("AA", "珅医院", "GB 18030-2000"), (ack.Get("MSA-1"), ack.Get("MSH-5.2"), ack.Get("MSH-18")));
        await hospital.UntilDone(1);
        var id = await hospital.Scalar<string>("select message_id from adapters.inbox");
        var raw = await hospital.Raw(id);
        Assert.Equal(bytes, raw!.Bytes);
        Assert.NotNull(raw.ResidentId);
    }

    private static async Task Execute(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
