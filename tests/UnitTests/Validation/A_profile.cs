using System.Text;
using System.Text.Json;
using Health.Fhir.Terminology;
using Health.Fhir.Validation;

namespace Health.UnitTests.Validation;

/// <summary>Profiles: the region's, HL7's, and small ones that show one rule each.</summary>
public sealed class A_profile
{
    private const string Mine = "https://fhir.mianyang.example/StructureDefinition/";

    [Fact]
    public void of_the_region_is_itself_valid_R4()
    {
        Assert.True(RegionConformance.All.Count > 30);
        foreach (var resource in RegionConformance.All)
        {
            var issues = new ProfileValidator(CodeLibrary.R4, TimeProvider.System).Run(Encoding.UTF8.GetBytes(resource.Json.GetRawText()), [], inform: false);
            Assert.True(issues.Count == 0, $"{resource.Kind}/{resource.Id}: {string.Join("; ", issues.Select(issue => $"{issue.Expression} {issue.Text}"))}");
        }
    }

    private const string Resident = """
        {"resourceType":"Patient","identifier":[{"system":"urn:oid:2.16.156.10011.1.3","value":"510799199001010018"},{"system":"urn:health:institution:MY510704W001:patient","value":"7"}],
         "extension":[{"url":"https://fhir.mianyang.example/StructureDefinition/ethnic-group","valueCoding":{"system":"urn:oid:2.16.156.10011.2.3.3.3","code":"33","display":"羌族"}}],
         "name":[{"text":"张三"}],"gender":"male","birthDate":"1990-01-01","managingOrganization":{"reference":"Organization/my510704w001"}}
        """;

    [Fact]
    public void of_a_resident_takes_a_resident() => Assert.Empty(Errors(Resident, Mine + "resident"));

    [Theory]
    [InlineData("\"510799199001010018\"", "\"51079919900101001\"", "Patient.identifier[0].value", "my-res-1")]
    [InlineData("\"code\":\"33\"", "\"code\":\"99\"", "Patient.extension[0].value", "gb-3304-ethnic")]
    [InlineData("\"gender\":\"male\",", "", "Patient.gender", "is needed")]
    [InlineData("\"name\":[{\"text\":\"张三\"}],", "", "Patient.name", "is needed")]
    [InlineData("1990-01-01", "2190-01-01", "Patient.birthDate", "my-res-3")]
    [InlineData(",{\"system\":\"urn:health:institution:MY510704W001:patient\",\"value\":\"7\"}", ",{\"system\":\"urn:oid:2.16.156.10011.1.3\",\"value\":\"510799197001010060\"}", "Patient.identifier", "at most 1")]
    public void of_a_resident_refuses(string replace, string with, string expression, string says)
    {
        Assert.Contains(replace, Resident);
        var error = Assert.Single(Errors(Resident.Replace(replace, with), Mine + "resident"));
        Assert.Equal(expression, error.Expression);
        Assert.Contains(says, error.Text);
    }

    [Theory]
    [InlineData("encounter", """{"resourceType":"Encounter","extension":[{"url":"https://health.mianyang.example/fhir/StructureDefinition/registration-channel","valueCode":"card"}],"identifier":[{"system":"a","value":"1"}],"status":"finished","class":{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"AMB"},"subject":{"reference":"Patient/1"},"period":{"start":"2015-06-01"},"serviceProvider":{"reference":"Organization/a"}}""", 0)]
    [InlineData("encounter", """{"resourceType":"Encounter","extension":[{"url":"https://health.mianyang.example/fhir/StructureDefinition/registration-channel","valueCode":"pigeon"}],"identifier":[{"value":"1"}],"status":"finished","class":{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"XYZ"},"subject":{"reference":"Group/1"}}""", 6)]
    [InlineData("coverage", """{"resourceType":"Coverage","status":"active","type":{"coding":[{"system":"https://fhir.mianyang.example/CodeSystem/cv02-01-204-insurance","code":"03"}]},"subscriberId":"1","beneficiary":{"reference":"Patient/1"},"payor":[{"display":"a"}],"class":[{"type":{"coding":[{"system":"https://fhir.mianyang.example/CodeSystem/coverage-class","code":"insured-place"}]},"value":"510722"}]}""", 0)]
    [InlineData("coverage", """{"resourceType":"Coverage","status":"active","type":{"text":"a"},"subscriberId":"1","beneficiary":{"reference":"Patient/1"},"payor":[{"display":"a"}],"class":[{"type":{"coding":[{"system":"https://fhir.mianyang.example/CodeSystem/coverage-class","code":"insured-place"}]},"value":"999999"}]}""", 1)]
    [InlineData("card", """{"resourceType":"Device","identifier":[{"system":"urn:oid:2.16.156.10011.1.19","value":"1"}],"status":"active","type":{"coding":[{"system":"https://fhir.mianyang.example/CodeSystem/card-kind","code":"health-card"}]},"patient":{"reference":"Patient/1"}}""", 0)]
    [InlineData("card", """{"resourceType":"Device","identifier":[{"system":"a","value":"1"}],"status":"active","type":{"coding":[{"system":"https://fhir.mianyang.example/CodeSystem/card-kind","code":"city-card"}]}}""", 3)]
    [InlineData("institution", """{"resourceType":"Organization","identifier":[{"system":"urn:oid:2.16.156.10011.1.5","value":"MY510703H001"},{"system":"urn:oid:2.16.156.10011.1.5.1","value":"12100000400002259P"}],"name":"a"}""", 0)]
    [InlineData("institution", """{"resourceType":"Organization","identifier":[{"system":"urn:oid:2.16.156.10011.1.5.1","value":"1210000040000225IP"}],"name":"a"}""", 2)]
    public void of_the_region_judges(string profile, string resource, int errors)
    {
        var found = Errors(resource, Mine + profile);
        Assert.True(found.Count == errors, string.Join("\n", found.Select(error => $"{error.Expression} {error.Text}")));
    }

    [Fact]
    public void of_vital_signs_wants_its_category_and_unit()
    {
        const string heart = """{"resourceType":"Observation","status":"final","category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"CATEGORY"}]}],"code":{"coding":[{"system":"http://loinc.org","code":"8867-4"}]},"subject":{"reference":"Patient/1"},"effectiveDateTime":"2015-06-01","valueQuantity":{"value":80,"unit":"/min","system":"http://unitsofmeasure.org","code":"UNIT"}}""";
        const string profile = "http://hl7.org/fhir/StructureDefinition/heartrate";
        Assert.Empty(Errors(heart.Replace("CATEGORY", "vital-signs").Replace("UNIT", "/min"), profile));
        Assert.Contains(Errors(heart.Replace("CATEGORY", "laboratory").Replace("UNIT", "/min"), profile), error => error.Expression == "Observation.category");
        Assert.Contains(Errors(heart.Replace("CATEGORY", "vital-signs").Replace("UNIT", "/s"), profile), error => error.Expression == "Observation.value.code");
    }

    [Theory]
    [InlineData("value", "code", """{"code":"a"}""", true)]
    [InlineData("value", "code", """{"code":"b"}""", false)]
    [InlineData("exists", "display", """{"display":"a"}""", true)]
    [InlineData("exists", "display", """{"code":"a"}""", false)]
    public void slices_by_its_discriminator(string kind, string path, string coding, bool isIn)
    {
        var inner = kind == "value" ? """{"id":"Basic.code.coding:one.code","path":"Basic.code.coding.code","fixedCode":"a"}""" : """{"id":"Basic.code.coding:one.display","path":"Basic.code.coding.display","min":1}""";
        var library = With("Basic",
            $$$"""{"id":"Basic.code.coding","path":"Basic.code.coding","slicing":{"discriminator":[{"type":"{{{kind}}}","path":"{{{path}}}"}],"rules":"closed"}}""",
            """{"id":"Basic.code.coding:one","path":"Basic.code.coding","sliceName":"one"}""", inner);
        var errors = Errors($$$"""{"resourceType":"Basic","code":{"coding":[{{{coding}}}]}}""", "urn:test", library);
        Assert.Equal(isIn, errors.Count == 0);
    }

    [Fact]
    public void slices_a_choice_by_its_type()
    {
        var library = With("Observation", """{"id":"Observation.value[x]","path":"Observation.value[x]","slicing":{"discriminator":[{"type":"type","path":"$this"}],"rules":"open"}}""",
            """{"id":"Observation.value[x]:valueQuantity","path":"Observation.value[x]","sliceName":"valueQuantity","type":[{"code":"Quantity"}]}""",
            """{"id":"Observation.value[x]:valueQuantity.unit","path":"Observation.value[x].unit","min":1}""");
        Assert.Single(Errors("""{"resourceType":"Observation","status":"final","code":{"text":"a"},"valueQuantity":{"value":1}}""", "urn:test", library));
        Assert.Empty(Errors("""{"resourceType":"Observation","status":"final","code":{"text":"a"},"valueString":"1"}""", "urn:test", library));
    }

    [Fact]
    public void that_is_not_known_is_a_warning_and_no_error()
    {
        var issues = new ProfileValidator(CodeLibrary.R4, TimeProvider.System).Run(Encoding.UTF8.GetBytes("""{"resourceType":"Basic","meta":{"profile":["urn:nobody"]},"code":{"text":"a"}}"""), [], inform: true);
        Assert.Contains(issues, issue => issue is { Severity: Severity.Warning, Code: "not-found" } && issue.Text.Contains("urn:nobody"));
        Assert.DoesNotContain(issues, issue => issue.Severity == Severity.Error);
    }

    [Fact]
    public void that_names_itself_as_its_base_ends()
    {
        var library = With("Basic", """{"id":"Basic.subject","path":"Basic.subject","min":1}""");
        Assert.Single(Errors("""{"resourceType":"Basic","code":{"text":"a"}}""", "urn:test", library));
    }

    private static List<ValidationIssue> Errors(string json, string profile, CodeLibrary? library = null) =>
        [.. new ProfileValidator(library ?? CodeLibrary.R4, TimeProvider.System).Run(Encoding.UTF8.GetBytes(json), [profile], inform: false)];

    private static CodeLibrary With(string type, params string[] elements)
    {
        var json = $$$"""{"resourceType":"StructureDefinition","url":"urn:test","type":"{{{type}}}","baseDefinition":"urn:test","differential":{"element":[{{{string.Join(',', elements)}}}]}}""";
        return new CodeLibrary(CodeLibrary.R4, [new ConformanceResource("StructureDefinition", "test", JsonDocument.Parse(json).RootElement)]);
    }
}
