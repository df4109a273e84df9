using Health.Adapters.Mapping;
using Health.Contracts;
using Health.Hl7v2;

namespace Health.UnitTests.Mapping;

public sealed class Several_persons_in_one_message
{
    private const string Swap = "PID|1||Z1^^^MYCH^PI||张三\nPV1|1|I|NK03^0312^01||||||||||||||||V1\nPID|2||Z2^^^MYCH^PI||李四\nPV1|1|I|NK03^0312^02||||||||||||||||V2";

    [Fact]
    public void become_records_of_each_as_if_the_message_were_theirs_alone()
    {
        var mapped = Adt("A17", Swap).Success;
        Assert.Equal((Mapped.PatientId("Z1"), Mapped.PatientId("Z2")), (mapped.Identity!.PatientId, Assert.Single(mapped.Others).Identity.PatientId));
        Assert.Equal(Told(Adt("A17", Swap.Split("\nPID|2")[0]).Success.Writes), Told(mapped.Writes));
        Assert.Equal(Told(Adt("A17", "PID|2" + Swap.Split("\nPID|2")[1]).Success.Writes), Told(mapped.Others[0].Writes));
        Assert.Equal(4, mapped.AllWrites.Count());
    }

    [Fact]
    public void of_results_keep_theirs_apart_even_where_nothing_has_a_number()
    {
        const string results = "OBR|1|||XCG^血常规|||20261124080000\nOBX|1|NM|WBC^白细胞||6.1|||||F";
        var mapped = Oru($"PID|1||Z1||张三\n{results}\nPID|2||Z2||李四\n{results}").Success;
        var other = Assert.Single(mapped.Others);
        Assert.Empty(Ids(mapped.Writes).Intersect(Ids(other.Writes)));
        Assert.All(mapped.Writes.Where(write => write.ResourceType != "Patient"), write => Assert.Contains(Mapped.PatientId("Z1"), Mapped.Json(write).GetRawText(), StringComparison.Ordinal));
        Assert.All(other.Writes.Where(write => write.ResourceType != "Patient"), write => Assert.Contains(Mapped.PatientId("Z2"), Mapped.Json(write).GetRawText(), StringComparison.Ordinal));
    }

    [Fact]
    public void are_one_where_the_same_patient_is_named_before_each_order()
    {
        var mapped = Oru("PID|1||Z1||张三\nOBR|1|A1||XCG^血常规|||20261124080000\nPID|1||Z1||张三\nOBR|2|A2||NCG^尿常规|||20261124080000").Success;
        Assert.Empty(mapped.Others);
        Assert.Equal(2, mapped.Writes.Count(write => write.ResourceType == "DiagnosticReport"));
    }

    [Fact]
    public void are_linked_when_the_message_says_that_they_are_the_same()
    {
        var merge = Assert.Single(Adt("A24", "PID|1||Z1||张三\nPID|2||Z2||张三").Success.Merges);
        Assert.Equal((Mapped.PatientId("Z2"), Mapped.PatientId("Z1")), (merge.Prior.PatientId, merge.SurvivingPatientId));
    }

    [Fact]
    public void are_told_by_their_place_in_the_whole_message()
    {
        Assert.Equal(["ZZ1", "ZZ1[2]"], Adt("A17", "PID|1||Z1||张三\nZZ1|1\nPID|2||Z2||李四\nZZ1|1").Unmapped);
        Assert.Equal("PID[2]-3", Adt("A17", "PID|1||Z1||张三\nPID|2||||李四").Problem.Path);
    }

    [Theory]
    [InlineData("ADT^A37", "PID|1||Z1||张三\nPID|2||Z2||李四", "MSH-9", Hl7ErrorCode.UnsupportedEvent)]
    [InlineData("MDM^T02", "PID|1||Z1||张三\nPID|2||Z2||李四", "PID[2]", Hl7ErrorCode.SegmentSequence)]
    [InlineData("ORU^R01", "OBR|1|A1||XCG\nPID|1||Z1||张三\nPID|2||Z2||李四", "OBR", Hl7ErrorCode.SegmentSequence)]
    [InlineData("ORU^R01", "PID|1||Z1||张三\nOBR|1|A1||XCG|||20261124\nPID|2||Z2||李四\nOBR|1|A1||XCG|||20261124", "PID[2]", Hl7ErrorCode.DuplicateKeyIdentifier)]
    public void are_refused_whole(string type, string segments, string path, string code)
    {
        var problem = Mapped.Of($"MSH|^~\\&|HIS|MYCH|||20261124||{type}|C1|P|2.5.1\n{segments}").Problem;
        Assert.Equal((path, code), (problem.Path, problem.ErrCode));
    }

    [Fact]
    public void are_two_hundred_at_most()
    {
        var persons = string.Join('\n', Enumerable.Range(1, 201).Select(n => $"PID|{n}||Z{n}||张三\nOBR|1|A{n}||XCG|||20261124"));
        Assert.Equal("PID[201]", Oru(persons).Problem.Path);
    }

    private static Mapped Adt(string trigger, string segments) => Mapped.Of($"MSH|^~\\&|HIS|MYCH|||20261124||ADT^{trigger}|C1|P|2.5.1\nEVN|{trigger}|20261124081600\n{segments}");

    private static Mapped Oru(string segments) => Mapped.Of($"MSH|^~\\&|HIS|MYCH|||20261124||ORU^R01|C1|P|2.5.1\n{segments}");

    private static IEnumerable<string> Told(IEnumerable<RecordWrite> writes) => writes.Select(write => $"{write.ResourceType}/{write.Id} {Mapped.Json(write).GetRawText()}");

    private static IEnumerable<string> Ids(IEnumerable<RecordWrite> writes) => writes.Select(write => $"{write.ResourceType}/{write.Id}");
}
