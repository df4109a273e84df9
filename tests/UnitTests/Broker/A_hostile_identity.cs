using Health.Broker.Residents;
using Health.Contracts;

namespace Health.UnitTests.Broker;

public sealed class A_hostile_identity
{
    [Fact]
    public void costs_bounded_time_and_memory()
    {
        var facts = PersonFacts.Of(new PatientIdentity(
            "p1", "MY510703H001", [.. Enumerable.Range(0, 10_000).Select(i => new PersonIdentifier(IdentifierSystems.HealthCard, $"MY{i:00000000}"))],
            new string('王', 1_000_000), "  ", null));

        Assert.Equal(32, facts.Keys.Count);
        Assert.Equal(200, facts.Name?.Length);
        Assert.Null(facts.Gender);
    }
}
