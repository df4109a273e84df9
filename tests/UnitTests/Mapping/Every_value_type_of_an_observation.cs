using System.Text.Json;

namespace Health.UnitTests.Mapping;

/// <summary>OBX-2 decides how OBX-5 is read.</summary>
public sealed class Every_value_type_of_an_observation
{
    private static readonly string[] Forms = ["valueQuantity", "valueCodeableConcept", "valueString", "valueRange", "valueRatio", "valueTime", "valueDateTime", "valuePeriod"];

    [Theory]
    [InlineData("NM", "6.10", "g/L", "valueQuantity", """{"value":6.10,"unit":"g/L"}""")]
    [InlineData("NM", "-0.5", "", "valueQuantity", """{"value":-0.5}""")]
    [InlineData("NM", "+007", "", "valueQuantity", """{"value":7}""")]
    [InlineData("NM", ".5", "", "valueQuantity", """{"value":0.5}""")]
    [InlineData("NM", "<0.5", "mg/L", "valueQuantity", """{"value":0.5,"comparator":"<","unit":"mg/L"}""")]
    [InlineData("NM", "≥ 100", "", "valueQuantity", """{"value":100,"comparator":">="}""")]
    [InlineData("NM", "5", "umol/L^μmol/L^UCUM", "valueQuantity", """{"value":5,"unit":"μmol/L","system":"http://unitsofmeasure.org","code":"umol/L"}""")]
    [InlineData("NM", "阴性", "", "valueString", "\"阴性\"")]
    [InlineData("NM", "1.2.3", "", "valueString", "\"1.2.3\"")]
    [InlineData("NM", ".", "", "valueString", "\".\"")]
    [InlineData("SN", ">^100", "mg/L", "valueQuantity", """{"value":100,"comparator":">","unit":"mg/L"}""")]
    [InlineData("SN", "=^5", "", "valueQuantity", """{"value":5}""")]
    [InlineData("SN", "^0^-^1", "/HP", "valueRange", """{"low":{"value":0,"unit":"/HP"},"high":{"value":1,"unit":"/HP"}}""")]
    [InlineData("SN", "^1^:^128", "", "valueRatio", """{"numerator":{"value":1},"denominator":{"value":128}}""")]
    [InlineData("SN", "^2^+", "", "valueString", "\"2+\"")]
    [InlineData("SN", "<>^5", "", "valueString", "\"<>5\"")]
    [InlineData("CE", "POS^阳性^L", "", "valueCodeableConcept", """{"coding":[{"system":"urn:health:institution:MY510703H001:codes:OBX-5","code":"POS","display":"阳性"}],"text":"阳性"}""")]
    [InlineData("CWE", "260385009^Negative^SCT^NEG^阴性^L", "", "valueCodeableConcept", """{"coding":[{"system":"http://snomed.info/sct","code":"260385009","display":"Negative"},{"system":"urn:health:institution:MY510703H001:codes:OBX-5.4","code":"NEG","display":"阴性"}],"text":"Negative"}""")]
    [InlineData("CNE", "A^甲^HL70001", "", "valueCodeableConcept", """{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v2-0001","code":"A","display":"甲"}],"text":"甲"}""")]
    [InlineData("IS", "A", "", "valueCodeableConcept", """{"coding":[{"system":"urn:health:institution:MY510703H001:codes:OBX-5","code":"A"}],"text":"A"}""")]
    [InlineData("ID", "Y", "", "valueCodeableConcept", """{"coding":[{"system":"urn:health:institution:MY510703H001:codes:OBX-5","code":"Y"}],"text":"Y"}""")]
    [InlineData("ST", "未见异常", "", "valueString", "\"未见异常\"")]
    [InlineData("TX", "第一行~第二行", "", "valueString", "\"第一行\\n第二行\"")]
    [InlineData("FT", "一\\.br\\二 http://x/?a=1&b=2^c", "", "valueString", "\"一\\n二 http://x/?a=1&b=2^c\"")]
    [InlineData("VR", "a^b", "", "valueString", "\"a-b\"")]
    [InlineData("DT", "20261124", "", "valueDateTime", "\"2026-11-24\"")]
    [InlineData("TS", "20261124081500", "", "valueDateTime", "\"2026-11-24T08:15:00+08:00\"")]
    [InlineData("DTM", "202611240815-0500", "", "valueDateTime", "\"2026-11-24T08:15:00-05:00\"")]
    [InlineData("DTM", "20261324", "", "valueString", "\"20261324\"")]
    [InlineData("TM", "0815", "", "valueTime", "\"08:15:00\"")]
    [InlineData("TM", "2561", "", "valueString", "\"2561\"")]
    [InlineData("DR", "20261101^20261124", "", "valuePeriod", """{"start":"2026-11-01","end":"2026-11-24"}""")]
    [InlineData("DR", "x^20261124", "", "valueString", "\"x^20261124\"")]
    [InlineData("NR", "3.5^9.5", "g/L", "valueRange", """{"low":{"value":3.5,"unit":"g/L"},"high":{"value":9.5,"unit":"g/L"}}""")]
    [InlineData("NR", "低^高", "", "valueString", "\"低^高\"")]
    [InlineData("NA", "1^2^3", "", "valueString", "\"1^2^3\"")]
    [InlineData("XPN", "张^三", "", "valueString", "\"张^三\"")]
    [InlineData("", "没有类型", "", "valueString", "\"没有类型\"")]
    public void has_its_form(string type, string value, string unit, string element, string expected)
    {
        var json = Mapped.Obx(type, value, unit);
        Assert.Equal(expected, json.GetProperty(element).GetRawText());
        foreach (var other in Forms.Where(form => form != element)) Assert.Equal(JsonValueKind.Null, json.GetProperty(other).ValueKind);
    }

    [Theory]
    [InlineData("ED", "^APPLICATION^PDF^Base64^JVBERi0xLjQ=", """{"contentType":"application/pdf","data":"JVBERi0xLjQ="}""")]
    [InlineData("ED", "^TEXT^PLAIN^A^abc", """{"contentType":"text/plain","data":"YWJj"}""")]
    [InlineData("ED", "^IM^JPEG^Hex^4142", """{"contentType":"image/jpeg","data":"QUI="}""")]
    [InlineData("RP", "http://pacs/1^&PACS^IM^JPEG", """{"contentType":"image/jpeg","url":"http://pacs/1"}""")]
    public void keeps_documents_as_an_attachment(string type, string value, string expected)
    {
        var extension = Mapped.Obx(type, value).GetProperty("extension")[0];
        Assert.Equal(expected, extension.GetProperty("valueAttachment").GetRawText());
        Assert.Equal("http://hl7.org/fhir/5.0/StructureDefinition/extension-Observation.value", extension.GetProperty("url").GetString());
    }

    [Fact]
    public void leaves_out_base64_that_is_none() => Assert.False(Mapped.Obx("ED", "^APPLICATION^PDF^Base64^%%%").TryGetProperty("extension", out _));

    [Fact]
    public void that_is_null_removes_every_form()
    {
        var json = Mapped.Obx("NM", "\"\"");
        foreach (var form in Forms) Assert.Equal(JsonValueKind.Null, json.GetProperty(form).ValueKind);
    }

    [Fact]
    public void that_is_absent_says_nothing()
    {
        var json = Mapped.Obx("NM", "");
        foreach (var form in Forms) Assert.False(json.TryGetProperty(form, out _));
    }

    [Theory]
    [InlineData("3.5-9.5", """{"low":{"value":3.5},"high":{"value":9.5},"text":"3.5-9.5"}""")]
    [InlineData("<5", """{"high":{"value":5},"text":"<5"}""")]
    [InlineData(">= 60", """{"low":{"value":60},"text":">= 60"}""")]
    [InlineData("3.5--9.5", """{"low":{"value":3.5},"high":{"value":9.5},"text":"3.5--9.5"}""")]
    [InlineData("9.5-3.5", """{"text":"9.5-3.5"}""")]
    [InlineData("3.5～9.5", """{"low":{"value":3.5},"high":{"value":9.5},"text":"3.5～9.5"}""")]
    [InlineData("-2.0--1.0", """{"low":{"value":-2.0},"high":{"value":-1.0},"text":"-2.0--1.0"}""")]
    [InlineData("阴性", """{"text":"阴性"}""")]
    public void has_a_reference_range_with_bounds_where_they_can_be_read(string range, string expected) =>
        Assert.Equal(expected, Mapped.Oru($"OBX|1|NM|X||1||{range}|||||F").Json("Observation").GetProperty("referenceRange")[0].GetRawText());

    [Theory]
    [InlineData("H", "H")]
    [InlineData("↑", "H")]
    [InlineData("↓↓", "LL")]
    public void is_flagged_in_the_standard_code(string flag, string code) =>
        Assert.Equal(code, Mapped.Oru($"OBX|1|NM|X||1|||{flag}|||F").Json("Observation").GetProperty("interpretation")[0].GetProperty("coding")[0].GetProperty("code").GetString());

    [Theory]
    [InlineData("F", "final")]
    [InlineData("P", "preliminary")]
    [InlineData("C", "corrected")]
    [InlineData("X", "cancelled")]
    [InlineData("W", "entered-in-error")]
    public void has_the_status_of_OBX_11(string status, string expected) =>
        Assert.Equal(expected, Mapped.Oru($"OBX|1|NM|X||1||||||{status}").Json("Observation").GetProperty("status").GetString());

    [Fact]
    public void keeps_the_stored_status_when_OBX_11_is_absent()
    {
        var mapped = Mapped.Oru("OBR|1|A1|R1|XCG|||||||||||||||||||||F\nOBX|1|NM|X||1");
        Assert.False(mapped.Json("Observation").TryGetProperty("status", out _));
        Assert.Equal("""{"status":"unknown"}""", mapped.Defaults("Observation"));
    }

    [Theory]
    [InlineData("N", "not-asked")]
    [InlineData("X", "not-performed")]
    public void says_why_there_is_none(string status, string reason) =>
        Assert.Equal(reason, Mapped.Oru($"OBX|1|NM|X||||||||{status}").Json("Observation").GetProperty("dataAbsentReason").GetProperty("coding")[0].GetProperty("code").GetString());
}
