using System.Text.Json;
using Health.Hl7v2;

namespace Health.UnitTests.Mapping;

public sealed class The_results_of_a_laboratory
{
    private static readonly string Obr = "OBR|" + Mapped.F((1, "1"), (2, "A1^HIS"), (3, "R1^LIS"), (4, "XCG^血常规^L"), (7, "20261124080000"), (22, "20261124083000"), (24, "HM"), (25, "F")) + "\n";
    private const string White = "OBX|1|NM|WBC^白细胞计数^L^6690-2^Leukocytes^LN||11.20|10*9/L^10*9/L^UCUM|3.5-9.5|H|||F|||20261124081000\n";
    private const string Red = "OBX|2|NM|RBC^红细胞计数^L||4.72|10*12/L|4.3-5.8|N|||F\n";

    [Fact]
    public void become_observations_with_value_unit_range_and_flag()
    {
        var mapped = Mapped.Oru(Obr + White + "NTE|1||复查\n");
        Mapped.AssertSame(
            Mapped.Flat($$"""
                {"resourceType":"Observation","status":"final","category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"laboratory"}]}],
                "code":{"coding":[{"system":"urn:health:institution:MY510703H001:codes:OBX-3","code":"WBC","display":"白细胞计数"},{"system":"http://loinc.org","code":"6690-2","display":"Leukocytes"}],"text":"白细胞计数"},
                "subject":{"reference":"Patient/{{Mapped.PatientId("Z1")}}"},"effectivePeriod":null,"effectiveDateTime":"2026-11-24T08:10:00+08:00",
                "valueCodeableConcept":null,"valueString":null,"valueRange":null,"valueRatio":null,"valueTime":null,"valueDateTime":null,"valuePeriod":null,
                "valueQuantity":{"value":11.20,"unit":"10*9/L","system":"http://unitsofmeasure.org","code":"10*9/L"},"dataAbsentReason":null,
                "interpretation":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation","code":"H"}]}],"note":[{"text":"复查"}],
                "referenceRange":[{"low":{"value":3.5,"unit":"10*9/L","system":"http://unitsofmeasure.org","code":"10*9/L"},"high":{"value":9.5,"unit":"10*9/L","system":"http://unitsofmeasure.org","code":"10*9/L"},"text":"3.5-9.5"}]}
                """),
            mapped.Text("Observation"));
        Assert.Empty(mapped.Unmapped);
    }

    [Fact]
    public void become_a_report_that_names_its_observations()
    {
        var mapped = Mapped.Oru(Obr + White + Red);
        var observations = mapped.Writes("Observation");
        Mapped.AssertSame(
            Mapped.Flat($$"""
                {"resourceType":"DiagnosticReport","identifier":[{"type":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v2-0203","code":"PLAC"}]},"system":"urn:health:institution:MY510703H001:order","value":"A1"},
                {"type":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v2-0203","code":"FILL"}]},"system":"urn:health:institution:MY510703H001:report","value":"R1"}],"status":"final",
                "category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v2-0074","code":"HM"}]}],"basedOn":[{"reference":"ServiceRequest/{{mapped.Write("ServiceRequest").Id}}"}],"code":{"coding":[{"system":"urn:health:institution:MY510703H001:codes:OBR-4","code":"XCG","display":"血常规"}],"text":"血常规"},
                "subject":{"reference":"Patient/{{Mapped.PatientId("Z1")}}"},"effectivePeriod":null,"effectiveDateTime":"2026-11-24T08:00:00+08:00","issued":"2026-11-24T08:30:00+08:00","result":[{"reference":"Observation/{{observations[0].Id}}"},{"reference":"Observation/{{observations[1].Id}}"}]}
                """),
            mapped.Text("DiagnosticReport"));
        Assert.Equal(new DateTimeOffset(2026, 11, 24, 8, 30, 0, TimeSpan.FromHours(8)), mapped.Success.EffectiveAt);
    }

    [Fact]
    public void corrected_later_update_the_same_resources()
    {
        var before = Mapped.Oru(Obr + White + Red);
        var after = Mapped.Oru(Obr.Replace("|F\n", "|C\n", StringComparison.Ordinal) + Red.Replace("OBX|2", "OBX|1", StringComparison.Ordinal).Replace("|F\n", "|C\n", StringComparison.Ordinal).Replace("4.72", "4.27", StringComparison.Ordinal));
        Assert.Equal(before.Writes("Observation")[1].Id, after.Write("Observation").Id);
        Assert.Equal(before.Write("DiagnosticReport").Id, after.Write("DiagnosticReport").Id);
        Assert.Equal("corrected", after.Json("Observation").GetProperty("status").GetString());
        Assert.Equal("corrected", after.Json("DiagnosticReport").GetProperty("status").GetString());
    }

    [Fact]
    public void with_the_same_code_twice_are_two()
    {
        var mapped = Mapped.Oru(Obr + White + White);
        Assert.Equal(2, mapped.Writes("Observation").Select(write => write.Id).Distinct().Count());
    }

    [Fact]
    public void of_two_orders_do_not_mix()
    {
        var other = Obr.Replace("R1^LIS", "R2^LIS", StringComparison.Ordinal);
        var mapped = Mapped.Oru(Obr + White + other + White);
        Assert.Equal(2, mapped.Writes("DiagnosticReport").Count);
        foreach (var report in mapped.Writes("DiagnosticReport")) Assert.Single(Mapped.Json(report).GetProperty("result").EnumerateArray());
        Assert.Equal(2, mapped.Writes("Observation").Select(write => write.Id).Distinct().Count());
    }

    [Fact]
    public void carry_their_specimen()
    {
        var mapped = Mapped.Oru(Obr + White + "SPM|1|^B77&LIS||BLD^全血^HL70487|||||||||||||20261124075500|20261124080500\n");
        var specimen = mapped.Write("Specimen");
        Assert.Equal($"Specimen/{specimen.Id}", mapped.Json("Observation").GetProperty("specimen").GetProperty("reference").GetString());
        Assert.Equal($"Specimen/{specimen.Id}", mapped.Json("DiagnosticReport").GetProperty("specimen")[0].GetProperty("reference").GetString());
        Assert.Equal("2026-11-24T07:55:00+08:00", Mapped.Json(specimen).GetProperty("collection").GetProperty("collectedDateTime").GetString());
    }

    [Fact]
    public void without_a_code_say_that_it_is_unknown()
    {
        var mapped = Mapped.Oru("OBR|1|A1|R1\nOBX|1|ST|^||阴性\n");
        const string unknown = """{"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/data-absent-reason","valueCode":"unknown"}]}""";
        Assert.Equal(unknown, mapped.Json("Observation").GetProperty("code").GetRawText());
        Assert.Equal(unknown, mapped.Json("DiagnosticReport").GetProperty("code").GetRawText());
        Assert.Equal("""{"status":"unknown"}""", mapped.Defaults("Observation"));
        Assert.Equal("""{"status":"unknown"}""", mapped.Defaults("DiagnosticReport"));
    }

    [Fact]
    public void below_no_order_stand_alone()
    {
        var mapped = Mapped.Oru(White);
        Assert.Empty(mapped.Writes("DiagnosticReport"));
        Assert.Equal("11.20", mapped.Json("Observation").GetProperty("valueQuantity").GetProperty("value").GetRawText());
    }

    [Fact]
    public void of_several_patients_cannot_be_one_order()
    {
        var problem = Mapped.Oru(Obr + White + "PID|2||Z2||李四\n" + Obr + White).Problem;
        Assert.Equal(("PID[2]", Hl7ErrorCode.DuplicateKeyIdentifier), (problem.Path, problem.ErrCode));
    }

    [Fact]
    public void of_nobody_are_taken_from_the_open_test_source_only()
    {
        const string text = "MSH|^~\\&|X|Y|||20261124||ORU^R01|C1|P|2.5.1\nPID|1||||\nOBR|1|A1|R1|XCG\nOBX|1|ST|X||阴性||||||F";
        Assert.Equal("PID-3", Mapped.Of(text).Problem.Path);
        var mapped = Mapped.Of(text, Mapped.AnySender);
        Assert.Null(mapped.Success.Identity);
        Assert.Equal(Mapped.DeriveId("Patient", "urn:health:message", "message-1"), mapped.Write("Patient").Id);
        Assert.Single(mapped.Writes("Observation"));
    }

    [Fact]
    public void are_the_same_bytes_every_time() => Assert.Equal(Mapped.Oru(Obr + White + Red).Text("DiagnosticReport"), Mapped.Oru(Obr + White + Red).Text("DiagnosticReport"));

    [Fact]
    public void never_name_an_element_twice()
    {
        foreach (var write in Mapped.Oru(Obr + White + Red + "SPM|1|^B77\n").Success.Writes) AssertNoRepeats(Mapped.Json(write));
    }

    internal static void AssertNoRepeats(JsonElement element)
    {
        if (element.ValueKind == JsonValueKind.Object)
        {
            Assert.NotEmpty(element.EnumerateObject());
            var names = element.EnumerateObject().Select(member => member.Name).ToList();
            Assert.Equal(names.Distinct().Count(), names.Count);
            foreach (var member in element.EnumerateObject()) AssertNoRepeats(member.Value);
        }
        else if (element.ValueKind == JsonValueKind.Array)
        {
            Assert.NotEmpty(element.EnumerateArray());
            foreach (var item in element.EnumerateArray()) AssertNoRepeats(item);
        }
    }
}
