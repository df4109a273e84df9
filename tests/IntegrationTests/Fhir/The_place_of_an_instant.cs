using Health.IntegrationTests.Platform;

namespace Health.IntegrationTests.Fhir;

/// <summary>
/// fhir.sequence_at halves the log, which holds while no writer's clock is more than two minutes ahead of its turn: so the log here is the test's own.
/// </summary>
public sealed class The_place_of_an_instant(Database database) : IAsyncLifetime
{
    private readonly FhirHouse house = new(database);

    public ValueTask InitializeAsync() => house.InitializeAsync();

    public ValueTask DisposeAsync() => house.DisposeAsync();

    [Fact]
    public async Task is_the_sequence_that_going_back_in_the_log_finds()
    {
        for (var i = 0; i < 10; i++) await house.AsHospital.Send("POST", "Basic", """{"resourceType":"Basic","code":{"text":"time"}}""");
        const string naive = "(select coalesce(max(e.seq_id), 0) from events.mt_events e where e.timestamp <= m.at)";
        var different = await house.Count(
            $"select count(*) from (select timestamp + d * interval '1 millisecond' as at from events.mt_events, unnest(array[-1, 0, 1]) d) m where fhir.sequence_at(m.at) is distinct from {naive}");
        Assert.Equal(0, different);
        Assert.Equal(0, await house.Count("select fhir.sequence_at('1990-01-01Z')"));
        Assert.Equal(await house.Count("select max(seq_id) from events.mt_events"), await house.Count("select fhir.sequence_at('2100-01-01Z')"));
    }
}
