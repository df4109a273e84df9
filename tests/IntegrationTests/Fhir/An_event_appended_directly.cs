using System.Text;
using System.Text.Json.Nodes;
using Health.Contracts;
using Health.Fhir.Records;
using JasperFx.Events;
using Marten;
using Marten.Exceptions;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Health.IntegrationTests.Fhir;

/// <summary>The records append to Marten's tables by statements of their own (docs/adr/0006): Marten must not see a difference.</summary>
[Collection<FhirCollection>]
public sealed class An_event_appended_directly(FhirHouse house)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private IDocumentStore Marten => house.Host.Services.GetRequiredService<IDocumentStore>();

    [Fact]
    public async Task is_read_and_versioned_by_Marten_as_its_own()
    {
        var id = await Written(2);
        await using var session = Marten.LightweightSession();
        var events = await session.Events.FetchStreamAsync($"Basic/{id}", token: Ct);
        Assert.Equal([1L, 2L], events.Select(e => e.Version));
        Assert.Equal([typeof(ResourceCreated), typeof(ResourceUpdated)], events.Select(e => e.EventType));
        Assert.All(events, e => Assert.Equal(("city", "client:test"), ((string)e.GetHeader("node")!, (string)e.GetHeader("actor")!)));
        Assert.Equal(FhirHouse.Hospital, ((ResourceCreated)events[0].Data).InstitutionCode);
        Assert.Equal(((ResourceUpdated)events[1].Data).LastUpdated, events[1].Timestamp);
        var state = await session.Events.FetchStreamStateAsync($"Basic/{id}", Ct);
        Assert.Equal((2L, false), (state!.Version, state.IsArchived));
    }

    [Fact]
    public async Task leaves_the_row_that_Marten_would_have_left()
    {
        var id = await Written(1);
        await using (var connection = await house.Data.OpenConnectionAsync(Ct))
        {
            await using var transaction = await connection.BeginTransactionAsync(Ct);
            await using var turn = new NpgsqlCommand(EventLog.TakeTurnSql, connection, transaction);
            await turn.ExecuteNonQueryAsync(Ct);
            await using var session = Marten.LightweightSession(global::Marten.Services.SessionOptions.ForTransaction(transaction));
            foreach (var (key, value) in FhirHouse.Header.Entries()) session.SetHeader(key, value);
            var e = new Event<ResourceCreated>(new ResourceCreated { KeyId = "node", InstitutionCode = FhirHouse.Hospital, LastUpdated = TimeProvider.System.GetUtcNow(), Sealed = new byte[1] });
            session.Events.StartStream($"Basic/{id}-marten", (object)e);
            await session.SaveChangesAsync(Ct);
            await transaction.CommitAsync(Ct);
        }

        var (own, martens) = (await Row($"Basic/{id}"), await Row($"Basic/{id}-marten"));
        // What is the event's own differs; that it is there is checked elsewhere.
        foreach (var name in (string[])["seq_id", "id", "stream_id", "bdata", "timestamp", "s_id", "s_timestamp", "s_created"])
        {
            Assert.Equal(martens[name] is null, own[name] is null);
            own.Remove(name);
            martens.Remove(name);
        }

        Assert.Equal(martens.ToJsonString(), own.ToJsonString());
    }

    [Fact]
    public async Task makes_Marten_refuse_an_append_at_a_version_that_is_past()
    {
        var id = await Written(2);
        await using var session = Marten.LightweightSession();
        session.Events.Append($"Basic/{id}", 2, new ResourceUpdated { KeyId = "node", InstitutionCode = FhirHouse.Hospital, LastUpdated = TimeProvider.System.GetUtcNow(), Sealed = new byte[1] });
        await Assert.ThrowsAsync<EventStreamUnexpectedMaxEventIdException>(() => session.SaveChangesAsync(Ct));
    }

    [Fact]
    public async Task is_refused_whole_when_the_stream_is_not_where_it_was_decided()
    {
        var id = await Written(1);
        await house.Count($"update events.mt_streams set version = 5 where id = 'Basic/{id}' returning 1");
        var failure = await Assert.ThrowsAsync<PostgresException>(async () => await house.Store.Commit(FhirHouse.Batch(FhirHouse.Put("Basic", id, Basic("later"))), Ct));
        Assert.Equal(PostgresErrorCodes.SerializationFailure, failure.SqlState);
        Assert.Equal(1, await house.Count($"select version from fhir.resource where id = '{id}'"));
        Assert.Equal(1, await house.Count($"select count(*) from events.mt_events where stream_id = 'Basic/{id}'"));
    }

    [Fact]
    public async Task takes_the_sequence_that_Marten_takes_next()
    {
        var id = await Written(1);
        var ours = await house.Count($"select max(seq_id) from events.mt_events where stream_id = 'Basic/{id}'");
        Assert.True(await house.Count("select nextval('events.mt_events_sequence')") > ours);
        var next = await Written(1);
        Assert.True(await house.Count($"select max(seq_id) from events.mt_events where stream_id = 'Basic/{next}'") > ours + 1);
        Assert.True(await house.Count("select nextval('fhir.resource_rid_seq')") > await house.Count($"select rid from fhir.resource where id = '{next}'"));
    }

    [Fact]
    public async Task is_decided_anew_when_the_database_reports_a_deadlock()
    {
        var id = $"again-{Guid.NewGuid():N}";
        // Fails twice and then lets it pass: a sequence is not rolled back.
        await house.Count($"""
            create sequence fhir.test_tries;
            create function fhir.test_fail() returns trigger language plpgsql as $f$ begin
                if new.id like 'again-%' and nextval('fhir.test_tries') < 3 then raise exception 'x' using errcode = '40P01'; end if;
                return new;
            end $f$;
            create trigger test_fail before insert on fhir.resource for each row execute function fhir.test_fail();
            select 1
            """);
        try
        {
            var commit = await house.Store.Commit(FhirHouse.Batch(FhirHouse.Put("Basic", id, Basic("a"))), Ct);
            Assert.True(commit.Outcomes is [{ Version: 1, Changed: true }]);
            Assert.Equal(1, await house.Count($"select count(*) from events.mt_events where stream_id = 'Basic/{id}'"));
        }
        finally
        {
            await house.Count("drop trigger test_fail on fhir.resource; drop function fhir.test_fail; drop sequence fhir.test_tries; select 1");
        }
    }

    [Fact]
    public async Task does_not_notice_that_the_idle_connection_of_the_commits_broke()
    {
        await Written(1);
        Assert.True(await house.Count("select count(*) from (select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = current_database() and query = 'commit' and state = 'idle') x") > 0);
        await Written(1);
    }

    [Fact]
    public async Task stops_the_start_when_the_tables_have_columns_it_does_not_know()
    {
        await EventTables.Check(house.Data, Ct);
        await house.Count("alter table events.mt_events add column of_tomorrow text; select 1");
        try
        {
            var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => EventTables.Check(house.Data, Ct));
            Assert.Contains("of_tomorrow", refused.Message);
        }
        finally
        {
            await house.Count("alter table events.mt_events drop column of_tomorrow; select 1");
        }
    }

    private async Task<string> Written(int versions)
    {
        var id = Guid.NewGuid().ToString("N");
        for (var version = 1; version <= versions; version++)
            Assert.Equal(version, (await house.Store.Commit(FhirHouse.Batch(FhirHouse.Put("Basic", id, Basic($"version {version}"))), Ct)).Outcomes[0].Version);
        return id;
    }

    private async Task<JsonObject> Row(string stream)
    {
        await using var command = house.Data.CreateCommand(
            "select to_jsonb(e)::text, to_jsonb(s)::text from events.mt_events e join events.mt_streams s on s.id = e.stream_id where e.stream_id = $1");
        command.Parameters.Add(new NpgsqlParameter { Value = stream });
        await using var reader = await command.ExecuteReaderAsync(Ct);
        Assert.True(await reader.ReadAsync(Ct));
        var row = JsonNode.Parse(reader.GetString(0))!.AsObject();
        foreach (var (name, value) in JsonNode.Parse(reader.GetString(1))!.AsObject()) row[$"s_{name}"] = value?.DeepClone();
        return row;
    }

    private static string Basic(string text) => $$$"""{"resourceType":"Basic","code":{"text":"{{{text}}}"}}""";
}
