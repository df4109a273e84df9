using Health.Adapters.Mapping;
using Health.Contracts;
using Health.Hl7v2;

namespace Health.UnitTests.Mapping;

public sealed class Merged_patients
{
    [Theory]
    [InlineData("A34")]
    [InlineData("A40")]
    [InlineData("A47")]
    public void are_a_link_between_two_patients_and_never_a_rewrite(string trigger)
    {
        var mapped = Merge(trigger, "Z0^^^MYCH^PI");
        var (survivor, prior) = (Write(mapped, "Z1"), Write(mapped, "Z0"));
        Assert.Equal($$"""[{"other":{"reference":"Patient/{{Mapped.PatientId("Z0")}}"},"type":"replaces"}]""", Mapped.Json(survivor).GetProperty("link").GetRawText());
        Assert.True(Mapped.Json(survivor).GetProperty("active").GetBoolean());
        Assert.Equal($$"""[{"other":{"reference":"Patient/{{Mapped.PatientId("Z1")}}"},"type":"replaced-by"}]""", Mapped.Json(prior).GetProperty("link").GetRawText());
        Assert.False(Mapped.Json(prior).GetProperty("active").GetBoolean());
        Assert.False(Mapped.Json(prior).TryGetProperty("name", out _));
        var merge = Assert.Single(mapped.Success.Merges);
        Assert.Equal((Mapped.PatientId("Z0"), Mapped.PatientId("Z1")), (merge.Prior.PatientId, merge.SurvivingPatientId));
        Assert.Equal([new PersonIdentifier(IdentifierSystems.LocalPatient("MY510703H001"), "Z0")], merge.Prior.Identifiers);
        Assert.Empty(mapped.Unmapped);
    }

    [Fact]
    public void are_found_by_their_own_number_among_several()
    {
        var merge = Assert.Single(Merge("A40", "510799199001010018^^^公安部^NI~Z0^^^MYCH^PI").Success.Merges);
        Assert.Equal(Mapped.PatientId("Z0"), merge.Prior.PatientId);
    }

    [Fact]
    public void are_not_one_and_the_same()
    {
        var problem = Merge("A40", "Z1^^^MYCH^PI").Problem;
        Assert.Equal(("MRG-1", Hl7ErrorCode.DuplicateKeyIdentifier), (problem.Path, problem.ErrCode));
    }

    [Theory]
    [InlineData("")]
    [InlineData("\"\"")]
    [InlineData("^^^MYCH^PI")]
    public void must_be_named(string prior)
    {
        var problem = Merge("A40", prior).Problem;
        Assert.Equal(("MRG-1", Hl7ErrorCode.RequiredFieldMissing), (problem.Path, problem.ErrCode));
    }

    [Fact]
    public void are_no_matter_of_other_triggers()
    {
        var mapped = Merge("A08", "Z0");
        Assert.Empty(mapped.Success.Merges);
        Assert.Equal(["MRG"], mapped.Unmapped);
    }

    [Fact]
    public void of_two_persons_in_one_message_are_two_links()
    {
        var mapped = Mapped.Of("MSH|^~\\&|HIS|MYCH|||20261124||ADT^A40|C1|P|2.5.1\nPID|1||Z1||张三\nMRG|Z0\nPID|2||Z3||李四\nMRG|Z2").Success;
        Assert.Equal(
            [(Mapped.PatientId("Z0"), Mapped.PatientId("Z1")), (Mapped.PatientId("Z2"), Mapped.PatientId("Z3"))],
            mapped.Merges.Select(merge => (merge.Prior.PatientId, merge.SurvivingPatientId)));
        var other = Assert.Single(mapped.Others);
        Assert.Equal(Mapped.PatientId("Z3"), other.Identity.PatientId);
        Assert.Equal([Mapped.PatientId("Z3"), Mapped.PatientId("Z2")], other.Writes.Select(write => write.Id));
    }

    private static Mapped Merge(string trigger, string prior) => Mapped.Of($"MSH|^~\\&|HIS|MYCH|||20261124||ADT^{trigger}|C1|P|2.5.1\nPID|1||Z1^^^MYCH^PI||张三\nMRG|{prior}");

    private static RecordWrite Write(Mapped mapped, string number) => Assert.Single(mapped.Success.Writes, write => write.Id == Mapped.PatientId(number));
}
