using Health.Hl7v2;

namespace Health.UnitTests.Mapping;

public sealed class The_visit_of_a_message
{
    private const string Inpatient = "1|I|内科^301^1^MYCH||||D1^王演示||||||||||||V1^^^MYCH^VN|||||||||||||||||||||||||20261124081500";

    [Fact]
    public void becomes_one_encounter_of_the_institution_and_the_visit_number()
    {
        var mapped = Mapped.Adt("A01", pv1: Inpatient);
        Assert.Equal(Mapped.EncounterId("V1"), mapped.Write("Encounter").Id);
        Mapped.AssertSame(
            Mapped.Flat($$"""
                {"resourceType":"Encounter","status":"in-progress","class":{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"IMP","display":"inpatient encounter"},
                "identifier":[{"type":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v2-0203","code":"VN"}],"text":"visit number"},"system":"urn:health:institution:MY510703H001:visit","value":"V1"},{"system":"urn:oid:2.16.156.10011.1.12","value":"V1"}],
                "subject":{"reference":"Patient/{{Mapped.PatientId("Z1")}}"},"serviceProvider":{"reference":"Organization/my510703h001"},
                "period":{"start":"2026-11-24T08:15:00+08:00"},
                "participant":[{"individual":{"type":"Practitioner","identifier":{"system":"urn:health:institution:MY510703H001:practitioner","value":"D1"},"display":"王演示"},"type":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ParticipationType","code":"ATND","display":"attender"}],"text":"attender"}]}],
                "location":[{"location":{"type":"Location","identifier":{"system":"urn:health:institution:MY510703H001:location","value":"内科/301/1"},"display":"内科 301 1"},"status":"active"}]}
                """),
            mapped.Text("Encounter"));
    }

    [Theory]
    [InlineData("A01", "in-progress")]
    [InlineData("A02", "in-progress")]
    [InlineData("A03", "finished")]
    [InlineData("A05", "planned")]
    [InlineData("A11", "cancelled")]
    [InlineData("A13", "in-progress")]
    [InlineData("A14", "planned")]
    public void gets_the_status_its_trigger_stands_for(string trigger, string status) =>
        Assert.Equal(status, Mapped.Adt(trigger).Json("Encounter").GetProperty("status").GetString());

    [Theory]
    [InlineData("A04", "planned")]
    [InlineData("A08", "unknown")]
    [InlineData("A12", "unknown")]
    [InlineData("A31", "unknown")]
    public void keeps_the_stored_status_on_a_trigger_that_says_nothing_about_it(string trigger, string whenNew)
    {
        var mapped = Mapped.Adt(trigger);
        Assert.False(mapped.Json("Encounter").TryGetProperty("status", out _));
        Assert.Equal($$"""{"status":"{{whenNew}}"}""", mapped.Defaults("Encounter"));
    }

    [Fact]
    public void keeps_class_and_numbers_when_the_class_is_not_sent()
    {
        var mapped = Mapped.Adt("A08", pv1: Mapped.F((1, "1"), (19, "V1")));
        Assert.False(mapped.Json("Encounter").TryGetProperty("class", out _));
        Assert.False(mapped.Json("Encounter").TryGetProperty("identifier", out _));
        Assert.Contains("\"code\":\"UNK\"", mapped.Defaults("Encounter"), StringComparison.Ordinal);
        Assert.Contains("\"value\":\"V1\"", mapped.Defaults("Encounter"), StringComparison.Ordinal);
    }

    [Fact]
    public void ends_with_the_discharge_and_goes_on_when_the_discharge_is_taken_back()
    {
        var discharged = Mapped.Adt("A03", pv1: Mapped.F((2, "I"), (19, "V1"), (36, "01"), (44, "20261124081500"), (45, "20261125100000")));
        Assert.Equal("""{"start":"2026-11-24T08:15:00+08:00","end":"2026-11-25T10:00:00+08:00"}""", discharged.Json("Encounter").GetProperty("period").GetRawText());
        Assert.Equal("01", discharged.Json("Encounter").GetProperty("hospitalization").GetProperty("dischargeDisposition").GetProperty("coding")[0].GetProperty("code").GetString());
        Assert.Equal("""{"end":null}""", Mapped.Adt("A13").Json("Encounter").GetProperty("period").GetRawText());
    }

    [Fact]
    public void without_a_number_is_known_by_patient_and_admission_time()
    {
        var first = Mapped.Adt("A01", pv1: Mapped.F((2, "I"), (44, "20261124081500"))).Write("Encounter").Id;
        Assert.Equal(first, Mapped.Adt("A08", pv1: Mapped.F((2, "I"), (44, "20261124081500"))).Write("Encounter").Id);
        Assert.NotEqual(first, Mapped.Adt("A01", pv1: Mapped.F((2, "I"), (44, "20261124081501"))).Write("Encounter").Id);
    }

    [Fact]
    public void that_nothing_identifies_is_reported_instead_of_written()
    {
        var mapped = Mapped.Adt("A08", pv1: "1|I|内科");
        Assert.Empty(mapped.Writes("Encounter"));
        Assert.Equal(["PV1"], mapped.Unmapped);
    }

    [Fact]
    public void carries_its_diagnoses_as_conditions()
    {
        var mapped = Mapped.Adt("A01", more: "DG1|1||J18.9^肺炎^I10||20261124|A|||||||||1\nDG1|2|||发热\nDG1|3\n");
        var conditions = mapped.Writes("Condition");
        Assert.Equal(2, conditions.Count);
        Assert.Equal(
            """{"coding":[{"system":"http://hl7.org/fhir/sid/icd-10","code":"J18.9","display":"肺炎"}],"text":"肺炎"}""",
            Mapped.Json(conditions[0]).GetProperty("code").GetRawText());
        Assert.Equal("""{"text":"发热"}""", Mapped.Json(conditions[1]).GetProperty("code").GetRawText());
        Assert.Equal(
            $$$"""[{"condition":{"reference":"Condition/{{{conditions[0].Id}}}"},"use":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v2-0052","code":"A"}]},"rank":1},{"condition":{"reference":"Condition/{{{conditions[1].Id}}}"}}]""",
            mapped.Json("Encounter").GetProperty("diagnosis").GetRawText());
        Assert.Equal(["DG1[3]"], mapped.Unmapped);
    }

    [Fact]
    public void brings_allergies_insurance_and_procedures()
    {
        var mapped = Mapped.Adt("A01", more: "AL1|1|DA|P1^青霉素^L|SV|皮疹\nIN1|" + Mapped.F((1, "1"), (2, "390^城乡居民医保"), (3, "510700"), (4, "绵阳市医疗保障局"), (12, "20260101"), (36, "YB5")) + "\nPR1|1||47.09^阑尾切除^ICD9CM3||20261124100000\n");
        Mapped.AssertSame(
            $$"""{"resourceType":"AllergyIntolerance","type":"allergy","category":["medication"],"criticality":"high","code":{"coding":[{"system":"urn:health:institution:MY510703H001:codes:AL1-3","code":"P1","display":"青霉素"}],"text":"青霉素"},"patient":{"reference":"Patient/{{Mapped.PatientId("Z1")}}"},"reaction":[{"manifestation":[{"text":"皮疹"}],"severity":"severe"}]}""",
            mapped.Text("AllergyIntolerance"));
        Assert.Equal("绵阳市医疗保障局", mapped.Json("Coverage").GetProperty("payor")[0].GetProperty("display").GetString());
        Assert.Equal("""{"status":"active"}""", mapped.Defaults("Coverage"));
        Assert.Equal("urn:oid:2.16.156.10011.2.3.3.12", mapped.Json("Procedure").GetProperty("code").GetProperty("coding")[0].GetProperty("system").GetString());
        Assert.Empty(mapped.Unmapped);
    }

    [Fact]
    public void happened_when_the_event_segment_says() =>
        Assert.Equal(new DateTimeOffset(2026, 11, 24, 8, 16, 0, TimeSpan.FromHours(8)), Mapped.Adt("A01").Success.EffectiveAt);

    [Fact]
    public void of_a_message_without_a_patient_is_refused()
    {
        var problem = Mapped.Of("MSH|^~\\&|HIS|MYCH|||20261124||ADT^A01|C1|P|2.5.1\nPV1|1|I").Problem;
        Assert.Equal(("PID", Hl7ErrorCode.SegmentSequence), (problem.Path, problem.ErrCode));
    }

    [Fact]
    public void of_a_type_that_is_not_known_is_refused_by_its_type()
    {
        var problem = Mapped.Of("MSH|^~\\&|HIS|MYCH|||20261124||QRY^A19|C1|P|2.5.1\nQRD|1").Problem;
        Assert.Equal(("MSH-9", Hl7ErrorCode.UnsupportedMessageType), (problem.Path, problem.ErrCode));
    }
}
