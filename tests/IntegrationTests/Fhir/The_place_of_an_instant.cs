using Health.Contracts;
using Health.Fhir.Records;
using JasperFx.Events;
using Marten;
using Marten.Exceptions;
using Microsoft.Extensions.DependencyInjection;

namespace Health.IntegrationTests.Fhir;

/// <summary>fhir.sequence_at, which _asOf by an instant asks: found by halving, so it is compared with going back through all of the log.</summary>
[Collection<FhirCollection>]
public sealed class The_place_of_an_instant(FhirHouse house)
{
    private const string Dated = "e.timestamp > '-infinity'";

    [Fact]
    public async Task is_the_sequence_that_going_back_in_the_log_finds_whatever_failed_on_the_way()
    {
        var posted = (await house.AsHospital.Send("POST", "Basic", Body)).IdOf();
        await FailToAppend($"Basic/{posted}");
        for (var i = 0; i < 10; i++) await house.AsHospital.Send("POST", "Basic", Body);
        Assert.NotEqual(0, await house.Count($"select count(*) from events.mt_events e where not {Dated}"));

        const string goingBack = $"(select coalesce(max(e.seq_id), 0) from events.mt_events e where e.timestamp <= m.at and {Dated})";
        // Going back takes the longer the longer the log of the other tests is: all of the latest moments, and some of the earlier.
        const string some = "(e.seq_id % 50 = 0 or e.seq_id > (select max(seq_id) - 300 from events.mt_events))";
        var different = await house.Count(
            $"select count(*) from (select e.timestamp + d * interval '1 millisecond' as at from events.mt_events e, unnest(array[-1, 0, 1]) d where {Dated} and {some}) m where fhir.sequence_at(m.at) is distinct from {goingBack}");
        Assert.Equal(0, different);
        Assert.Equal(0, await house.Count("select fhir.sequence_at('1990-01-01Z')"));
        Assert.Equal(await house.Count($"select max(e.seq_id) from events.mt_events e where {Dated}"), await house.Count("select fhir.sequence_at('2100-01-01Z')"));
    }

    private const string Body = """{"resourceType":"Basic","code":{"text":"time"}}""";

    /// <summary>Marten fills the sequence of an append that failed with a tombstone that has no time.</summary>
    private async Task FailToAppend(string stream)
    {
        await using var session = house.Host.Services.GetRequiredService<IDocumentStore>().LightweightSession();
        session.Events.Append(stream, 1, new ResourceUpdated { KeyId = "node", InstitutionCode = FhirHouse.Hospital, LastUpdated = house.Host.Services.GetRequiredService<TimeProvider>().GetUtcNow(), Sealed = new byte[1] });
        await Assert.ThrowsAsync<EventStreamUnexpectedMaxEventIdException>(() => session.SaveChangesAsync(TestContext.Current.CancellationToken));
    }
}
