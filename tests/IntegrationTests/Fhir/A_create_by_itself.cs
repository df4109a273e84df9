using System.Diagnostics.Metrics;
using System.Text;
using Health.Contracts;
using Health.Fhir.Records;

namespace Health.IntegrationTests.Fhir;

/// <summary>A create that reads nothing goes in one round trip under numbers it foresees; where others drew them first, it is made again and nothing is lost.</summary>
/// <remarks>On a log of its own, where nobody else appends.</remarks>
public sealed class A_create_by_itself(FhirHouse house) : IClassFixture<FhirHouse>
{
    private const int Creates = 12;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task needs_no_turn_of_its_own_before_it()
    {
        var foreseen = 0;
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, own) =>
        {
            if (ReferenceEquals(instrument, RecordFigures.Foreseen)) own.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<int>((_, value, _, _) => Interlocked.Add(ref foreseen, value));
        listener.Start();
        // After a disturbance by another test of this class the next 32 are cautious.
        for (var attempt = 0; attempt < 4 && foreseen == 0; attempt++) await CreateSome();
        Assert.True(foreseen > 0);
    }

    [Fact]
    public async Task comes_again_when_numbers_were_drawn_meanwhile()
    {
        var ids = new List<string>();
        for (var round = 0; round < 3; round++)
        {
            ids.AddRange(await CreateSome());
            Assert.True(await house.Count("select nextval('fhir.resource_rid_seq')") > 0);
            ids.AddRange(await CreateSome());
            Assert.True(await house.Count("select nextval('events.mt_events_sequence')") > 0);
        }

        ids.AddRange(await CreateSome());
        await AreWhole(ids);
    }

    [Fact]
    public async Task takes_its_place_between_commits_of_both_lanes()
    {
        var large = Enumerable.Range(0, 120).Select(_ => Guid.NewGuid().ToString("N")).ToList();
        var small = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(CreateSome)).Append(Task.Run(async () =>
        {
            var commit = await house.Store.Commit(FhirHouse.Batch([.. large.Select(id => FhirHouse.Put("Basic", id, Basic(id)))]), Ct);
            Assert.Null(commit.Refusal);
            return (IReadOnlyList<string>)large;
        })));
        List<string> ids = [.. small.SelectMany(ids => ids)];
        await AreWhole(ids);
        // The log stays in the order of time, which looking up an instant stands on.
        Assert.Equal(0, await house.Count($"select count(*) from (select timestamp, lag(timestamp) over (order by seq_id) as before from events.mt_events where stream_id in ({string.Join(",", ids.Select(id => $"'Basic/{id}'"))})) e where timestamp < before"));
    }

    private async Task<IReadOnlyList<string>> CreateSome()
    {
        List<string> ids = [];
        for (var i = 0; i < Creates; i++)
        {
            var id = Guid.NewGuid().ToString("N");
            var write = new UnitWrite(new RecordWrite(WriteKind.Create, "Basic", id, Encoding.UTF8.GetBytes(Basic(id)))) { IdIsFresh = true, Interaction = "create" };
            var outcome = await house.Committer.Commit(new WriteUnit(FhirHouse.Batch().Header, FhirHouse.Batch().InstitutionCode, [write]), Ct);
            Assert.True(outcome.Commit is { Refusal: null, Outcomes: [{ Version: 1, Changed: true, Sequence: > 0 }] });
            ids.Add(id);
        }

        return ids;
    }

    /// <summary>Each once in the log and in the current rows, at one number, with its index rows and its audit fact.</summary>
    private async Task AreWhole(IReadOnlyList<string> ids)
    {
        var list = string.Join(",", ids.Select(id => $"'{id}'"));
        Assert.Equal(ids.Count, await house.Count($"select count(*) from fhir.resource r join events.mt_events e on e.seq_id = r.seq and e.stream_id = 'Basic/' || r.id where r.type = 'Basic' and r.id in ({list})"));
        Assert.Equal(ids.Count, await house.Count($"select count(distinct seq_id) from events.mt_events where split_part(stream_id, '/', 1) = 'Basic' and split_part(stream_id, '/', 2) in ({list})"));
        Assert.Equal(ids.Count, await house.Count($"select count(distinct x.rid) from fhir.search_date x join fhir.resource r on r.rid = x.rid and r.seq = x.from_seq where r.type = 'Basic' and r.id in ({list})"));
        var facts = (await house.Audit.All()).Select(fact => fact.Target).ToHashSet();
        Assert.All(ids, id => Assert.Contains($"Basic/{id}/_history/1", facts));
    }

    private static string Basic(string text) => $$$"""{"resourceType":"Basic","code":{"text":"{{{text}}}"}}""";
}
