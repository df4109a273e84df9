using System.Text.Json;

namespace Health.UnitTests.Mapping;

/// <summary>Lines of HL7's own v2-to-FHIR maps that the CDC's pairs do not show, or show only in part.</summary>
public sealed class What_the_official_maps_say
{
    private const string Obr = "OBR|1|A1^HIS|R1^LIS|XCG^血常规^L|||20261124080000|||||||20261124081500||||||||20261124083000||HM|F\n";
    private const string Obx = "OBX|1|NM|WBC^白细胞^L||6.1|10*9/L|||||F\n";

    [Fact]
    public void A_result_leads_to_the_request_it_answers_which_is_that_of_the_order()
    {
        var placed = Mapped.Of("MSH|^~\\&|HIS|MYCH|HEALTH|MY|20261124081500||OML^O21|C1|P|2.5.1\nPID|1||Z1^^^MYCH^PI||张三\nORC|NW|A1^HIS\nOBR|1|A1^HIS||XCG^血常规^L|S\n");
        var answered = Mapped.Oru("ORC|RE|A1^HIS|R1^LIS\n" + Obr + Obx);
        Assert.Equal(placed.Write("ServiceRequest").Id, answered.Write("ServiceRequest").Id);
        Assert.Equal($"ServiceRequest/{placed.Write("ServiceRequest").Id}", answered.Json("DiagnosticReport").GetProperty("basedOn")[0].GetProperty("reference").GetString());
        // What the order said of its state stays: that results follow (RE) is no state.
        Assert.False(answered.Json("ServiceRequest").TryGetProperty("status", out _));
        Assert.Equal("""{"status":"unknown"}""", answered.Defaults("ServiceRequest"));
        Assert.Equal("completed", Mapped.Oru("ORC|RE|A1^HIS|R1^LIS||CM\n" + Obr + Obx).Json("ServiceRequest").GetProperty("status").GetString());
    }

    [Fact]
    public void The_specimen_of_older_senders_comes_from_OBR()
    {
        var mapped = Mapped.Oru(Obr.Replace("|||20261124080000|||||||20261124081500||", "|||20261124080000||5^mL|||||20261124081500|BLD&全血&HL70487^EDTA^采血顺利^LA&左臂^^R&冷藏|", StringComparison.Ordinal) + Obx);
        var specimen = mapped.Json("Specimen");
        Assert.Equal("全血", specimen.GetProperty("type").GetProperty("text").GetString());
        Assert.Equal("EDTA", specimen.GetProperty("container")[0].GetProperty("additiveCodeableConcept").GetProperty("coding")[0].GetProperty("code").GetString());
        Assert.Equal("左臂", specimen.GetProperty("collection").GetProperty("bodySite").GetProperty("text").GetString());
        Assert.Equal("2026-11-24T08:00:00+08:00", specimen.GetProperty("collection").GetProperty("collectedDateTime").GetString());
        Assert.Equal("2026-11-24T08:15:00+08:00", specimen.GetProperty("receivedTime").GetString());
        Assert.Equal("采血顺利", specimen.GetProperty("note")[0].GetProperty("text").GetString());
        Assert.Equal("冷藏", specimen.GetProperty("condition")[0].GetProperty("text").GetString());
        Assert.Equal($"Specimen/{mapped.Write("Specimen").Id}", mapped.Json("Observation").GetProperty("specimen").GetProperty("reference").GetString());
        Assert.DoesNotContain(mapped.Unmapped, path => path is "OBR-9" or "OBR-14" or "OBR-15");
    }

    [Fact]
    public void The_time_of_an_examination_alone_makes_no_specimen()
    {
        var mapped = Mapped.Oru(Obr + Obx);
        Assert.Empty(mapped.Writes("Specimen"));
        Assert.Contains("OBR-14", mapped.Unmapped);
    }

    [Fact]
    public void A_specimen_has_the_numbers_of_placer_filler_and_shipment()
    {
        var spm = Mapped.F((1, "1"), (2, "P1&HIS^F1&LIS&1.2.3&ISO"), (3, "^F0"), (4, "BLD^全血^L"), (6, "EDTA^依地酸^L"), (14, "轻度溶血"), (20, "Y"), (27, "TUBE^管^L"), (31, "X1^^^&1.2.4&ISO^ACSN"), (32, "S1"));
        var specimen = Mapped.Oru(Obr + $"SPM|{spm}\n" + Obx).Json("Specimen");
        Assert.Equal(
            ["PGN urn:health:institution:MY510703H001:specimen P1", "FGN urn:oid:1.2.3 F1", "ACSN urn:oid:1.2.4 X1", "SHIP urn:health:institution:MY510703H001:shipment S1"],
            specimen.GetProperty("identifier").EnumerateArray().Select(Numbered));
        Assert.Equal("F0", specimen.GetProperty("parent")[0].GetProperty("identifier").GetProperty("value").GetString());
        Assert.Equal("available", specimen.GetProperty("status").GetString());
        Assert.Equal("轻度溶血", specimen.GetProperty("note")[0].GetProperty("text").GetString());
        Assert.Equal(("管", "依地酸"), (specimen.GetProperty("container")[0].GetProperty("type").GetProperty("text").GetString(), specimen.GetProperty("container")[0].GetProperty("additiveCodeableConcept").GetProperty("text").GetString()));
    }

    [Fact]
    public void A_visit_number_under_a_universal_authority_is_copied_before_the_institutions_own()
    {
        var identifiers = Mapped.Adt("A01", pv1: Mapped.F((1, "1"), (2, "I"), (19, "V1^^^MYCH&1.2.3&ISO^VN^^20260101"), (50, "W1^^^&1.2.4&ISO^ACSN"))).Json("Encounter").GetProperty("identifier");
        Assert.Equal(
            ["VN urn:oid:1.2.3 V1", "ACSN urn:oid:1.2.4 W1", "- urn:health:institution:MY510703H001:visit V1", "- urn:oid:2.16.156.10011.1.12 V1"],
            identifiers.EnumerateArray().Select(Numbered));
        Assert.Equal("2026-01-01", identifiers[0].GetProperty("period").GetProperty("start").GetString());
    }

    [Theory]
    [InlineData("mg^毫克^UCUM", "http://unitsofmeasure.org mg 毫克")]
    [InlineData("MG^毫克^ISO+^mg^^UCUM", "http://unitsofmeasure.org mg 毫克")]
    [InlineData("MG^毫克^ISO+", "urn:health:institution:MY510703H001:codes:ISO%2B MG 毫克")]
    [InlineData("U/L", "- - U/L")]
    public void A_unit_has_a_code_only_beside_its_system(string unit, string expected)
    {
        var quantity = Mapped.Obx("NM", "5", unit).GetProperty("valueQuantity");
        Assert.Equal(expected, $"{Text(quantity, "system")} {Text(quantity, "code")} {Text(quantity, "unit")}");
    }

    [Theory]
    [InlineData(">^1^.^5", """{"value":1.5,"comparator":"\u003E"}""")]
    [InlineData("^1^.^", null)]
    public void A_point_between_two_numbers_is_a_decimal_point(string value, string? expected)
    {
        var observation = Mapped.Obx("SN", value);
        if (expected is null) Assert.Equal(("1.", JsonValueKind.Null), (Text(observation, "valueString"), observation.GetProperty("valueQuantity").ValueKind));
        else Mapped.AssertSame(expected, observation.GetProperty("valueQuantity").GetRawText());
    }

    [Fact]
    public void A_name_without_a_code_is_the_display_of_a_coding_and_the_text()
    {
        var code = Mapped.Oru(Obr.Replace("XCG^血常规^L", "^血常规", StringComparison.Ordinal)).Json("DiagnosticReport").GetProperty("code");
        Mapped.AssertSame("""{"coding":[{"display":"血常规"}],"text":"血常规"}""", code.GetRawText());
    }

    [Fact]
    public void An_order_has_the_groups_of_placer_and_filler_and_its_other_numbers()
    {
        var request = Mapped.Of("MSH|^~\\&|HIS|MYCH|HEALTH|MY|20261124081500||OML^O21|C1|P|2.5.1\nPID|1||Z1^^^MYCH^PI||张三\n"
            + $"ORC|{Mapped.F((1, "NW"), (2, "A1"), (4, "G1^HIS"), (33, "B1~B2"))}\nOBR|{Mapped.F((1, "1"), (4, "X"), (6, "20261125080000"))}\n").Json("ServiceRequest");
        Assert.Equal(["PLAC A1", "PGN G1", "FGN G1", "PLAC B1", "PLAC B2"], request.GetProperty("identifier").EnumerateArray().Select(one => $"{Type(one)} {Text(one, "value")}"));
        Assert.Equal("2026-11-25T08:00:00+08:00", request.GetProperty("occurrenceDateTime").GetString());
    }

    [Fact]
    public void A_use_that_FHIR_has_no_word_for_is_that_of_the_field() =>
        Assert.Equal("work", Mapped.Adt("A04", $"1||Z1^^^MYCH^PI||张三|||||||||139^NET^Internet^a@b.cn").Json("Patient").GetProperty("telecom")[0].GetProperty("use").GetString());

    [Fact]
    public void The_validity_of_an_address_is_XAD_12_where_its_successors_are_empty()
    {
        var address = Mapped.Adt("A04", "1||Z1^^^MYCH^PI||张三||||||路1号^^绵阳^^^^H^^^^^20200101&20251231~路2号^^绵阳^^^^H^^^^^20200101&20251231^20210101").Json("Patient").GetProperty("address");
        Mapped.AssertSame("""{"start":"2020-01-01","end":"2025-12-31"}""", address[0].GetProperty("period").GetRawText());
        Mapped.AssertSame("""{"start":"2021-01-01"}""", address[1].GetProperty("period").GetRawText());
    }

    private static string Numbered(JsonElement identifier) => $"{Type(identifier)} {Text(identifier, "system")} {Text(identifier, "value")}";

    private static string Type(JsonElement identifier) =>
        identifier.TryGetProperty("type", out var type) ? type.GetProperty("coding")[0].GetProperty("code").GetString()! : "-";

    private static string Text(JsonElement element, string name) => element.TryGetProperty(name, out var value) ? value.GetString()! : "-";
}
