using System.Text;
using Health.Contracts;
using Health.Hl7v2;

namespace Health.UnitTests.Mapping;

public sealed class The_patient_of_a_message
{
    [Fact]
    public void is_written_with_every_number_under_its_system()
    {
        var mapped = Mapped.Adt("A04", "1||Z1^^^MYCH^PI~510799199001010018^^^公安^NI~HC9^^^卫健委^JKK~CC7^^^绵州通^MZT~YB5^^^医保^YB||张三^^^^^^L||19900101|M|||涪城路1号^^绵阳市^四川省^621000^CHN^H||13900000001^PRN^CP");
        Mapped.AssertSame(
            Mapped.Flat("""
                {"resourceType":"Patient","identifier":[{"system":"urn:oid:2.16.156.10011.1.3","value":null},
                {"type":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v2-0203","code":"PI"}]},"system":"urn:health:institution:MY510703H001:patient","value":"Z1"},
                {"type":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v2-0203","code":"NI"}]},"system":"urn:oid:2.16.156.10011.1.3","value":"510799199001010018"},
                {"type":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v2-0203","code":"JKK"}]},"system":"urn:oid:2.16.156.10011.1.19","value":"HC9"},
                {"type":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v2-0203","code":"MZT"}]},"system":"urn:health:city-card","value":"CC7"},
                {"type":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v2-0203","code":"YB"}]},"system":"urn:oid:2.16.156.10011.1.15","value":"YB5"}],
                "name":[{"use":"official","text":"张三"}],"birthDate":"1990-01-01","_birthDate":null,"gender":"male",
                "address":[{"use":"home","text":"四川省绵阳市涪城路1号","line":["涪城路1号"],"city":"绵阳市","state":"四川省","postalCode":"621000","country":"CHN"}],
                "telecom":[{"system":"phone","value":"13900000001","use":"mobile"}],"managingOrganization":{"reference":"Organization/my510703h001"}}
                """),
            mapped.Text("Patient"));
        Assert.Equal(Mapped.PatientId("Z1"), mapped.Write("Patient").Id);
        Assert.Empty(mapped.Unmapped);
    }

    [Fact]
    public void is_named_to_the_index_of_persons()
    {
        var identity = Mapped.Adt("A04", "1||Z1^^^MYCH^PI~51079919850615002x^^^^01||李珅||19850615|2|||||13900000002").Success.Identity!;
        Assert.Equal(Mapped.PatientId("Z1"), identity.PatientId);
        Assert.Equal([new PersonIdentifier(IdentifierSystems.LocalPatient("MY510703H001"), "Z1"), new PersonIdentifier(IdentifierSystems.ResidentId, "51079919850615002X")], identity.Identifiers);
        Assert.Equal(("李珅", "female", new DateOnly(1985, 6, 15), "13900000002"), (identity.Name, identity.Gender, identity.BirthDate, identity.Phone));
    }

    [Theory]
    [InlineData("", null)]
    [InlineData("\"\"", "null")]
    [InlineData("F", "\"female\"")]
    public void follows_the_three_states_of_a_field(string sex, string? written)
    {
        var json = Mapped.Adt("A08", $"1||Z1^^^MYCH^PI||张三|||{sex}").Json("Patient");
        Assert.Equal(written, json.TryGetProperty("gender", out var gender) ? gender.GetRawText() : null);
    }

    [Fact]
    public void loses_an_address_that_is_sent_as_null_and_keeps_one_that_is_not_sent()
    {
        Assert.Equal("null", Mapped.Adt("A08", "1||Z1||张三||||||\"\"").Json("Patient").GetProperty("address").GetRawText());
        Assert.False(Mapped.Adt("A08", "1||Z1||张三").Json("Patient").TryGetProperty("address", out _));
    }

    [Fact]
    public void with_a_wrong_check_character_gets_no_resident_number()
    {
        var mapped = Mapped.Adt("A04", "1||Z1^^^MYCH^PI~510799199001010017^^^公安^NI||张三");
        Assert.DoesNotContain(mapped.Success.Identity!.Identifiers, identifier => identifier.System == IdentifierSystems.ResidentId);
        Assert.Contains(mapped.Success.Identity.Identifiers, identifier => identifier == new PersonIdentifier("urn:health:institution:MY510703H001:resident-id-unverified", "510799199001010017"));
    }

    [Fact]
    public void may_carry_the_resident_number_in_PID_19()
    {
        var mapped = Mapped.Adt("A04", Mapped.F((3, "Z1"), (5, "张三"), (19, "510799201503319998")));
        Assert.Contains(new PersonIdentifier(IdentifierSystems.ResidentId, "510799201503319998"), mapped.Success.Identity!.Identifiers);
    }

    [Fact]
    public void does_not_take_another_number_in_PID_19_for_one()
    {
        var mapped = Mapped.Adt("A04", Mapped.F((3, "Z1"), (5, "张三"), (19, "123-45-6789")));
        Assert.Equal([new PersonIdentifier(IdentifierSystems.LocalPatient("MY510703H001"), "Z1")], mapped.Success.Identity!.Identifiers);
        Assert.Equal(["PID-19"], mapped.Unmapped);
    }

    [Theory]
    [InlineData("1|P2|||张三")]
    [InlineData("||||张三|||||||||||||P2")]
    [InlineData("1|||P2|张三")]
    public void is_known_by_an_older_number_field_when_PID_3_is_empty(string pid) =>
        Assert.Equal(Mapped.PatientId("P2"), Mapped.Adt("A04", pid).Write("Patient").Id);

    [Fact]
    public void without_any_number_is_refused_with_its_place()
    {
        var problem = Mapped.Adt("A04", "1||||张三||19900101|M").Problem;
        Assert.Equal(("PID-3", Hl7ErrorCode.RequiredFieldMissing), (problem.Path, problem.ErrCode));
    }

    [Fact]
    public void whose_rare_name_holds_a_separator_byte_is_read_whole()
    {
        Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);
        var gb18030 = Encoding.GetEncoding(54936);
        var bytes = gb18030.GetBytes("MSH|^~\\&|CIS|YXWS|HEALTH|MY|20261124081500||ADT^A04|C1|P|2.5.1\rPID|1||Z1^^^YXWS^PI||李珅^^^^^^L||19850615|2\r");
        Assert.Contains((byte)'|', gb18030.GetBytes("珅"));
        var mapped = Mapped.Of(bytes, charset: Hl7Charset.Gb18030);
        Assert.Equal("李珅", mapped.Json("Patient").GetProperty("name")[0].GetProperty("text").GetString());
        Assert.Equal("female", mapped.Json("Patient").GetProperty("gender").GetString());
    }

    [Theory]
    [InlineData("张三", """[{"text":"张三"}]""")]
    [InlineData("张^三", """[{"text":"张三","family":"张","given":["三"]}]""")]
    [InlineData("欧阳^晓^^^^^^I~Ouyang^Xiao^^^^^^P", """[{"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/iso21090-EN-representation","valueCode":"IDE"}],"text":"欧阳晓","family":"欧阳","given":["晓"]},{"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/iso21090-EN-representation","valueCode":"SYL"}],"text":"Xiao Ouyang","family":"Ouyang","given":["Xiao"]}]""")]
    [InlineData("Lerr&Van^Todd^G.^Jr^Dr^^L", """[{"use":"official","text":"Dr Todd G. Lerr Jr","family":"Lerr","given":["Todd","G."],"prefix":["Dr"],"suffix":["Jr"]}]""")]
    public void has_its_name_split_only_where_the_sender_splits_it(string name, string expected) =>
        Assert.Equal(expected, Mapped.Adt("A04", $"1||Z1||{name}").Json("Patient").GetProperty("name").GetRawText());

    [Theory]
    [InlineData("1990", "1990")]
    [InlineData("199001", "1990-01")]
    [InlineData("19900101", "1990-01-01")]
    public void has_a_birth_date_as_precise_as_sent(string birth, string expected) =>
        Assert.Equal(expected, Mapped.Adt("A04", $"1||Z1||张三||{birth}").Json("Patient").GetProperty("birthDate").GetString());

    [Fact]
    public void keeps_the_time_of_birth_beside_the_date()
    {
        var json = Mapped.Adt("A04", "1||Z1||张三||202611240315").Json("Patient");
        Assert.Equal("2026-11-24", json.GetProperty("birthDate").GetString());
        Assert.Equal("2026-11-24T03:15:00+08:00", json.GetProperty("_birthDate").GetProperty("extension")[0].GetProperty("valueDateTime").GetString());
    }

    [Fact]
    public void has_no_birth_date_when_what_is_sent_is_none()
    {
        var mapped = Mapped.Adt("A04", "1||Z1||张三||19901301|?");
        Assert.False(mapped.Json("Patient").TryGetProperty("birthDate", out _));
        Assert.Null(mapped.Success.Identity!.BirthDate);
        Assert.Equal(["PID-7", "PID-8"], mapped.Unmapped);
    }

    [Fact]
    public void brings_next_of_kin_as_contacts()
    {
        var mapped = Mapped.Adt("A04", more: "NK1|1|李四|SPO^配偶^HL70063||13900000003^PRN^CP\nNK1|2||FTH\n");
        Assert.Equal(
            """[{"relationship":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v2-0063","code":"SPO","display":"配偶"}],"text":"配偶"}],"name":{"text":"李四"},"telecom":[{"system":"phone","value":"13900000003","use":"mobile"}]}]""",
            mapped.Json("Patient").GetProperty("contact").GetRawText());
    }

    [Fact]
    public void reports_what_it_has_no_place_for_by_path_only()
    {
        var mapped = Mapped.Adt("A04", Mapped.F((3, "Z1"), (5, "张三"), (10, "汉族"), (27, "退役")), more: "ZPI|1|内部\n");
        Assert.Equal(["PID-27", "PID-10", "ZPI"], mapped.Unmapped);
    }

    [Theory]
    [InlineData("", "30^土家族", "30")]
    [InlineData("01^汉族", "", "01")]
    [InlineData("01", "03^回族", "03")]
    public void says_its_ethnic_group_by_the_national_number(string race, string group, string expected)
    {
        var extension = Mapped.Adt("A04", Mapped.F((3, "Z1"), (5, "张三"), (10, race), (22, group))).Json("Patient").GetProperty("extension");
        Assert.Equal(("https://fhir.mianyang.example/StructureDefinition/ethnic-group", expected), (Assert.Single(extension.EnumerateArray()).GetProperty("url").GetString(), extension[0].GetProperty("valueCoding").GetProperty("code").GetString()));
    }
}
