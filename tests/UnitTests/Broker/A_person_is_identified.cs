using System.Collections.Immutable;
using Health.Broker.Residents;
using Health.Broker.Residents.Matching;
using Health.Contracts;

namespace Health.UnitTests.Broker;

public sealed class A_person_is_identified
{
    private static readonly StrongKey Number = new(KeyKind.IdNumber, "51079919850615002X"), OtherNumber = new(KeyKind.IdNumber, "510799199001010018");
    private static readonly StrongKey Card = new(KeyKind.HealthCard, "MY20240001");
    private static readonly DateOnly Birth = new(1985, 6, 15);

    [Theory]
    [InlineData("李秀英", "female", "1985-06-15", LinkBasis.StrongIdentifier, null)]
    [InlineData("李秀瑛", null, null, LinkBasis.StrongIdentifier, null)]
    [InlineData("?秀?", "female", "1985-06-15", LinkBasis.StrongIdentifier, null)]
    [InlineData("孙丽", null, null, LinkBasis.Conflict, Agreement.NameDiffers)]
    [InlineData("孙丽", "male", "1985-06-15", LinkBasis.Conflict, Agreement.NameDiffers)]
    [InlineData(null, null, null, LinkBasis.Conflict, Agreement.NothingToCompare)]
    public void by_an_equal_id_number_only_if_name_or_sex_and_birth_agree(string? name, string? gender, string? birth, LinkBasis basis, string? reason)
    {
        var known = Resident("r1", "李秀英", [Number]);
        var decision = ResidentDecider.Identify(
            Says("p2", name, [Number], gender, birth is null ? null : DateOnly.Parse(birth)), null, [new KeyHit(Number, known)], "r2");

        Assert.Equal(basis, decision.Basis);
        Assert.Equal(reason, decision.Events.OfType<IdentityConflictRaised>().SingleOrDefault()?.Reason);
        Assert.Equal(basis == LinkBasis.Conflict ? "r2" : "r1", decision.Before.ResidentId);
        Assert.DoesNotContain(Number, decision.NewKeys);
    }

    [Fact]
    public void never_by_a_card_when_another_id_number_is_presented_however_equal_the_names()
    {
        var known = Resident("r1", "王伟", [Number, Card]);
        var decision = ResidentDecider.Identify(Says("p2", "王伟", [OtherNumber, Card]), null, [new KeyHit(Card, known)], "r2");

        Assert.Equal(LinkBasis.Conflict, decision.Basis);
        Assert.Equal(Agreement.IdNumberDiffers, decision.Events.OfType<IdentityConflictRaised>().Single().Reason);
        Assert.Equal([OtherNumber], decision.NewKeys);
    }

    [Theory]
    [InlineData("王小明", "1985-06-15", LinkBasis.StrongIdentifier)]
    [InlineData("王小明", null, LinkBasis.StrongIdentifier)]
    [InlineData("王小红", "1985-06-15", LinkBasis.StrongIdentifier)]
    [InlineData("王小红", null, LinkBasis.Conflict)]
    [InlineData("王小明", "1987-01-01", LinkBasis.Conflict)]
    public void by_a_card_only_under_the_same_name_since_families_share_cards(string name, string? birth, LinkBasis basis)
    {
        var known = Resident("r1", "王小明", [Card]);
        var decision = ResidentDecider.Identify(Says("p2", name, [Card], null, birth is null ? null : DateOnly.Parse(birth)), null, [new KeyHit(Card, known)], "r2");
        Assert.Equal(basis, decision.Basis);
    }

    [Fact]
    public void by_the_number_first_when_number_and_card_belong_to_different_residents_and_the_conflict_is_queued()
    {
        var byNumber = Resident("r1", "李秀英", [Number]);
        var byCard = Resident("r9", "李秀英", [Card]);
        var decision = ResidentDecider.Identify(Says("p2", "李秀英", [Number, Card]), null, [new KeyHit(Card, byCard), new KeyHit(Number, byNumber)], "r2");

        Assert.Equal("r1", decision.Before.ResidentId);
        var conflict = decision.Events.OfType<IdentityConflictRaised>().Single();
        Assert.Equal(("r9", ResidentDecider.KeysDisagree), (conflict.OtherResidentId, conflict.Reason));
        Assert.Empty(decision.NewKeys);
    }

    [Fact]
    public void as_known_without_an_event_when_the_source_repeats_or_shortens_itself()
    {
        var known = Resident("r1", "李秀英", [Number], "p1");
        Assert.Empty(ResidentDecider.Identify(Says("p1", "李秀英", [Number]), known, [new KeyHit(Number, known)], "r2").Events);
        Assert.Empty(ResidentDecider.Identify(Says("p1", null, []), known, [], "r2").Events);
    }

    [Fact]
    public void as_known_with_a_conflict_raised_once_when_a_known_patient_suddenly_has_another_number()
    {
        var known = Resident("r1", "李秀英", [Number], "p1");
        var says = Says("p1", "李秀英", [OtherNumber]);
        var first = ResidentDecider.Identify(says, known, [], "r2");
        Assert.Equal(Agreement.IdNumberDiffers, Assert.IsType<IdentityConflictRaised>(Assert.Single(first.Events)).Reason);
        Assert.Empty(first.NewKeys);

        var then = first.Events.Aggregate(known, (state, e) => state.Evolve(e));
        var second = ResidentDecider.Identify(says, then, [], "r2");
        Assert.Equal((0, LinkBasis.Known), (second.Events.Count, second.Basis));
    }

    [Theory]
    [InlineData(IdentifierSystems.ResidentId, "510799199001010017")]
    [InlineData(IdentifierSystems.HealthCard, "000000000")]
    [InlineData(IdentifierSystems.HealthCard, "123")]
    [InlineData(IdentifierSystems.HealthRecordNumber, "51079900100100000")]
    [InlineData(IdentifierSystems.HealthRecordNumber, "51079900150100001")]
    [InlineData("urn:health:institution:MY510703H001:patient", "123456789")]
    public void by_no_value_that_cannot_be_a_strong_identifier(string system, string value) => Assert.Null(StrongKey.Of(new PersonIdentifier(system, value)));

    [Theory]
    [InlineData(IdentifierSystems.ResidentId, "51079919850615002x", "51079919850615002X")]
    [InlineData("urn:oid:2.16.840.1.113883.2.23.1.19.1", "５１０７９９19850615002X", "51079919850615002X")]
    [InlineData(IdentifierSystems.HealthRecordNumber, " 51079900100100001 ", "51079900100100001")]
    [InlineData(IdentifierSystems.HealthCard, "my2024 0001", "MY20240001")]
    public void by_the_normal_form_of_an_identifier(string system, string value, string normal) => Assert.Equal(normal, StrongKey.Of(new PersonIdentifier(system, value))?.Value);

    private static Presented Says(string patientId, string? name, StrongKey[] keys, string? gender = null, DateOnly? birth = null) =>
        new(patientId, "MY510722H001", new PersonFacts(name, gender, birth, keys));

    private static ResidentState Resident(string id, string name, StrongKey[] keys, string patientId = "p0") => ResidentState.Unknown(id)
        .Evolve(new ResidentRegistered(id, "MY510703H001"))
        .Evolve(new PatientLinked(id, patientId, "MY510703H001", "new", [], Agreement.ModelVersion) { Person = new PersonFacts(name, null, Birth, keys) });
}
