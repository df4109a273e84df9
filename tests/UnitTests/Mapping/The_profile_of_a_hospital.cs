using Health.Adapters.Sources;
using Health.Hl7v2;

namespace Health.UnitTests.Mapping;

/// <summary>What one hospital does its own way, as data of its profile.</summary>
public sealed class The_profile_of_a_hospital
{
    private static readonly SourceProfile Own = Mapped.Municipal with
    {
        DefaultZone = "+09:00",
        MovedFields = new Dictionary<string, string> { ["PID-19"] = "ZPI-3", ["PV1-10"] = "ZPV-2" },
        LocalCodes = new Dictionary<string, IReadOnlyDictionary<string, LocalCode>> { ["OBX-3"] = new Dictionary<string, LocalCode> { ["WBC"] = new("http://loinc.org", "6690-2", "Leukocytes") } },
    };

    [Fact]
    public void moves_fields_to_where_the_standard_has_them()
    {
        var mapped = Mapped.Of("MSH|^~\\&|HIS|MYCH|||20261124||ADT^A08|C1|P|2.5.1\nPID|1||Z1||张三\nPV1|1|O|||||||||||||||||V1\nZPI|1||510799199001010018\nZPV|1|MED^内科^L", Own);
        Assert.Contains(mapped.Success.Identity!.Identifiers, number => number.Value == "510799199001010018");
        Assert.Equal("内科", mapped.Json("Encounter").GetProperty("serviceType").GetProperty("text").GetString());
        Assert.DoesNotContain("PID-19", mapped.Unmapped);
    }

    [Fact]
    public void moves_a_rare_character_of_GB_18030_whole()
    {
        var bytes = Hl7Charset.Gb18030.Encoding.GetBytes("MSH|^~\\&|HIS|MYCH|||20261124||ADT^A08|C1|P|2.5.1\rPID|1||Z1||李珅𠮷\rPV1|1|O|||||||||||||||||V1\rZPV|1|K1^珅\\X97B1\\科^L\r");
        Assert.Equal("珅" + Hl7Charset.Gb18030.Encoding.GetString([0x97, 0xB1]) + "科", Mapped.Of(bytes, Own, Hl7Charset.Gb18030).Json("Encounter").GetProperty("serviceType").GetProperty("text").GetString());
    }

    [Fact]
    public void puts_the_national_code_before_the_local_one()
    {
        var json = Mapped.Of("MSH|^~\\&|LIS|MYCH|||20261124||ORU^R01|C1|P|2.5.1\nPID|1||Z1||张三\nOBR|1|A1|R1|XCG\nOBX|1|NM|WBC^白细胞^L||5|||||F", Own).Json("Observation");
        Assert.Equal(["6690-2", "WBC"], json.GetProperty("code").GetProperty("coding").EnumerateArray().Select(coding => coding.GetProperty("code").GetString()));
    }

    [Fact]
    public void names_the_zone_of_times_without_one() =>
        Assert.Equal("2026-11-24T08:00:00+09:00", Mapped.Of("MSH|^~\\&|HIS|MYCH|||20261124||ADT^A01|C1|P|2.5.1\nPID|1||Z1||张三\nPV1|1|I|||||||||||||||||V1|||||||||||||||||||||||||20261124080000", Own)
            .Json("Encounter").GetProperty("period").GetProperty("start").GetString());

    [Theory]
    [InlineData("PID", "ZPI-3")]
    [InlineData("MSH-3", "ZPI-3")]
    [InlineData("PID-3", "nothing")]
    public void is_refused_when_it_moves_what_is_no_field(string place, string sentAt) =>
        Assert.StartsWith("movedFields names", (Own with { MovedFields = new Dictionary<string, string> { [place] = sentAt } }).Problem(), StringComparison.Ordinal);
}
