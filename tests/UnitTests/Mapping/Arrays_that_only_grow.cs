using System.Text;
using System.Text.Json;
using Health.Contracts;
using Health.Fhir.Records;

namespace Health.UnitTests.Mapping;

/// <summary>Messages one after the other, merged into the record as the store does it.</summary>
public sealed class Arrays_that_only_grow
{
    private const string First = "510799199001010018", Second = "51079919850615002X", Card = "HC9^^^^JKK";
    private const string Obr = "OBR|1|A1^HIS|R1^LIS|XCG^血常规^L|||20261124080000||||||||||||||||||F\n";
    private const string White = "OBX|1|NM|WBC^白细胞^L||11.2|||||F\n", Red = "OBX|2|NM|RBC^红细胞^L||4.7|||||F\n";

    [Fact]
    public void keep_the_numbers_a_later_message_does_not_name()
    {
        var stored = Patient("1||Z1^^^MYCH^PI~" + Card + $"~{First}^^^公安^NI||张三", "1||Z1^^^MYCH^PI||张三丰");
        Assert.Equal(["Z1", "HC9", First], Values(stored));
        Assert.Equal("张三丰", stored.GetProperty("name")[0].GetProperty("text").GetString());
    }

    [Fact]
    public void take_a_number_that_comes_later_and_each_number_once() =>
        Assert.Equal(["Z1", First, "HC9"], Values(Patient($"1||Z1^^^MYCH^PI~{First}^^^公安^NI||张三", $"1||{Card}~{First}^^^公安^NI~Z1^^^MYCH^PI||张三")));

    [Fact]
    public void hold_one_resident_number_the_one_sent_last() =>
        Assert.Equal(["Z1", "HC9", Second], Values(Patient($"1||Z1^^^MYCH^PI~{First}^^^公安^NI~{Card}||张三", $"1||Z1^^^MYCH^PI~{Second}^^^公安^NI||张三")));

    [Fact]
    public void lose_the_resident_number_that_is_sent_as_null() =>
        Assert.Equal(["Z1", "HC9"], Values(Patient($"1||Z1^^^MYCH^PI~{First}^^^公安^NI~{Card}||张三", "1||Z1^^^MYCH^PI||张三" + new string('|', 14) + "\"\"")));

    [Fact]
    public void keep_the_results_a_correction_does_not_repeat()
    {
        var (both, correction) = (Mapped.Oru(Obr + White + Red), Mapped.Oru(Obr + Red.Replace("4.7|||||F", "4.9|||||C")));
        var stored = Stored(both.Write("DiagnosticReport"), correction.Write("DiagnosticReport"));
        Assert.Equal(both.Writes("Observation").Select(one => $"Observation/{one.Id}"), stored.GetProperty("result").EnumerateArray().Select(one => one.GetProperty("reference").GetString()));
    }

    [Fact]
    public void are_removed_by_null_and_never_left_empty()
    {
        const string Array = """{"identifier":[{"system":"a","value":"1"},{"system":"a","value":"2"}]}""";
        Assert.Equal("{}", Apply(Array, """{"identifier":null}"""));
        Assert.Equal("{}", Apply(Array, """{"identifier":[{"system":"a","value":null}]}"""));
        Assert.Equal("{}", Apply("", """{"identifier":[{"system":"a","value":null}]}"""));
    }

    [Fact]
    public void take_the_words_of_the_patch_for_a_member_both_have() =>
        Assert.Equal(
            """{"identifier":[{"system":"a","value":"1","use":"old"},{"value":"2"},"x"]}""",
            Apply("""{"identifier":[{"value":"1","system":"a"},{"value":"2"}]}""", """{"identifier":[{"system":"a","value":"1","use":"old"},"x"]}"""));

    private static JsonElement Patient(string first, string second) => Stored(Mapped.Adt("A04", first).Write("Patient"), Mapped.Adt("A08", second).Write("Patient"));

    private static JsonElement Stored(params RecordWrite[] writes)
    {
        byte[] stored = [];
        foreach (var write in writes) stored = MergePatch.Apply(stored, write.Json.Span, write.UnionArrays);
        return JsonDocument.Parse(stored).RootElement;
    }

    private static IEnumerable<string?> Values(JsonElement patient) => patient.GetProperty("identifier").EnumerateArray().Select(one => one.GetProperty("value").GetString());

    private static string Apply(string target, string patch) => Encoding.UTF8.GetString(MergePatch.Apply(Encoding.UTF8.GetBytes(target), Encoding.UTF8.GetBytes(patch), ["identifier"]));
}
