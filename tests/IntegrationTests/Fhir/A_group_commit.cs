using System.Text;
using System.Text.Json.Nodes;
using Health.Contracts;
using Health.Fhir.Records;

namespace Health.IntegrationTests.Fhir;

[Collection<FhirCollection>]
public sealed class A_group_commit(FhirHouse house)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task keeps_the_outcome_of_each_member_when_one_of_fifty_conflicts()
    {
        var run = Guid.NewGuid().ToString("N");
        await house.Store.Commit(FhirHouse.Batch(FhirHouse.Put("Basic", $"{run}-taken", Basic("first"))), Ct);
        var commits = await Task.WhenAll(Enumerable.Range(0, 50).Select(i => Task.Run(async () => await house.Store.Commit(
            i == 25
                ? FhirHouse.Batch(new RecordWrite(WriteKind.Create, "Basic", $"{run}-taken", Encoding.UTF8.GetBytes(Basic("second"))))
                : FhirHouse.Batch(FhirHouse.Put("Basic", $"{run}-{i}", Basic("x"))), Ct))));
        Assert.Equal(409, commits[25].Refusal!.Status);
        Assert.All(commits.Where((_, i) => i != 25), commit => Assert.True(commit is { IsRefused: false, Outcomes: [{ Version: 1, Changed: true, Sequence: > 0 }] }));
        Assert.Equal(49, commits.Where((_, i) => i != 25).Select(commit => commit.Outcomes[0].Sequence).Distinct().Count());
    }

    [Fact]
    public async Task chains_members_that_touch_one_resource()
    {
        var id = Guid.NewGuid().ToString("N");
        var commits = await Task.WhenAll(Enumerable.Range(0, 40).Select(i => Task.Run(async () => await house.Store.Commit(
            FhirHouse.Batch(new RecordWrite(WriteKind.Merge, "Basic", id, Encoding.UTF8.GetBytes($$"""{"code":{"text":"a"},"extension":[{"url":"urn:{{i}}","valueInteger":{{i}}}]}"""))), Ct))));
        Assert.Equal(Enumerable.Range(1, 40).Select(i => (long)i), commits.Select(commit => commit.Outcomes[0].Version).Order());
        Assert.Equal(40, await house.Count($"select count(*) from events.mt_events where stream_id = 'Basic/{id}'"));
        Assert.Equal(40, await house.Count($"select version from fhir.resource where type = 'Basic' and id = '{id}'"));
        Assert.Equal(0, await house.Count($"select count(*) from fhir.resource r join events.mt_events e on e.stream_id = 'Basic/{id}' and e.version = r.version where r.id = '{id}' and e.seq_id <> r.seq"));
    }

    [Fact]
    public async Task answers_a_repeated_business_key_with_the_stored_outcome_and_writes_nothing()
    {
        var id = Guid.NewGuid().ToString("N");
        var batch = FhirHouse.Batch(FhirHouse.Put("Basic", id, Basic("one")), FhirHouse.Put("Basic", id + "-b", Basic("two")));
        var first = await house.Store.Commit(batch, Ct);
        var other = batch with { Writes = [FhirHouse.Put("Basic", id, Basic("changed"))] };
        var second = await house.Store.Commit(other, Ct);
        Assert.Equal(first.Outcomes, second.Outcomes);
        Assert.Contains("one", Encoding.UTF8.GetString((await house.Store.Read("Basic", id, Ct))!.Value.Span));

        var key = Guid.NewGuid().ToString();
        var together = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Task.Run(async () => await house.Store.Commit(FhirHouse.Batch(FhirHouse.Put("Basic", id + "-c", Basic("c"))) with { BatchKey = key }, Ct))));
        Assert.Single(together.Select(commit => commit.Outcomes[0]).Distinct());
        Assert.True(together[0].Outcomes[0].Changed);
        Assert.Equal(1, await house.Count($"select count(*) from events.mt_events where stream_id = 'Basic/{id}-c'"));
    }

    [Fact]
    public async Task writes_all_of_a_batch_or_nothing_and_says_which_write_was_refused()
    {
        var id = Guid.NewGuid().ToString("N");
        var commit = await house.Store.Commit(FhirHouse.Batch(FhirHouse.Put("Basic", id, Basic("one")), FhirHouse.Put("Basic", id + "-b", Basic("two")) with { ExpectedVersion = 9 }), Ct);
        Assert.Equal((412, 1), (commit.Refusal!.Status, commit.RefusedIndex));
        Assert.Null(await house.Store.Read("Basic", id, Ct));
        Assert.Equal(0, await house.Count($"select count(*) from fhir.batch where outcome::text like '%{id}%'"));
        Assert.Equal(0, await house.Count($"select count(*) from events.mt_streams where id like 'Basic/{id}%'"));
    }

    [Fact]
    public async Task says_unchanged_when_a_repeat_says_nothing_new_and_leaves_no_second_fact()
    {
        var id = Guid.NewGuid().ToString("N");
        await house.Store.Commit(FhirHouse.Batch(FhirHouse.Put("Basic", id, Basic("one"))), Ct);
        var again = await house.Store.Commit(FhirHouse.Batch(FhirHouse.Put("Basic", id, Basic("one"))), Ct);
        Assert.True(again.Outcomes is [{ Version: 1, Changed: false, Sequence: > 0 }]);
        Assert.Single(await house.Audit.All(), fact => fact.Target == $"Basic/{id}/_history/1");
    }

    [Fact]
    public async Task that_fails_in_the_database_leaves_no_event_no_row_no_fact_and_spares_its_neighbours()
    {
        var id = Guid.NewGuid().ToString("N");
        // A stream of that name that the records know nothing of: the append fails inside the shared transaction.
        await house.Count($"insert into events.mt_streams (id, version) values ('Basic/{id}', 3) returning 1");
        var bad = Task.Run(async () => await house.Store.Commit(FhirHouse.Batch(FhirHouse.Put("Basic", id, Basic("bad")), FhirHouse.Put("Basic", id + "-twin", Basic("bad"))), Ct));
        var good = Enumerable.Range(0, 20).Select(i => Task.Run(async () => await house.Store.Commit(FhirHouse.Batch(FhirHouse.Put("Basic", $"{id}-{i}", Basic("good"))), Ct))).ToArray();
        await Assert.ThrowsAnyAsync<Exception>(() => bad);
        Assert.All(await Task.WhenAll(good), commit => Assert.False(commit.IsRefused));
        Assert.Null(await house.Store.Read("Basic", id + "-twin", Ct));
        Assert.Equal(0, await house.Count($"select count(*) from events.mt_events where stream_id in ('Basic/{id}', 'Basic/{id}-twin')"));
        Assert.DoesNotContain(await house.Audit.All(), fact => fact.Target?.StartsWith($"Basic/{id}/") == true);
    }

    [Fact]
    public async Task carries_header_second_clock_and_source_with_each_event()
    {
        var id = Guid.NewGuid().ToString("N");
        var effective = new DateTimeOffset(2026, 2, 3, 4, 5, 6, TimeSpan.FromHours(8));
        await house.Store.Commit(FhirHouse.Batch(FhirHouse.Put("Basic", id, Basic("one"))) with { EffectiveAt = effective }, Ct);
        await using var command = house.Data.CreateCommand($"select headers::text, bdata, type from events.mt_events where stream_id = 'Basic/{id}'");
        await using var reader = await command.ExecuteReaderAsync(Ct);
        Assert.True(await reader.ReadAsync(Ct));
        var headers = JsonNode.Parse(reader.GetString(0))!;
        Assert.Equal(("city", "client:test", "TREAT", "test"), ((string?)headers["node"], (string?)headers["actor"], (string?)headers["purpose"], (string?)headers["source"]));
        Assert.Equal(effective, ResourceEventFormat.Read(reader.GetFieldValue<byte[]>(1), reader.GetString(2)).EffectiveAt);
    }

    private static string Basic(string text) => $$$"""{"resourceType":"Basic","code":{"text":"{{{text}}}"}}""";
}
