using Health.Fhir.Search;

namespace Health.UnitTests.Search;

public sealed class What_is_extracted
{
    private const string Patient =
        """
        {"resourceType":"Patient","id":"p","meta":{"tag":[{"system":"urn:t","code":"a"}]},"active":true,"gender":"male","birthDate":"1980-05-01",
         "identifier":[{"system":"urn:a","value":"1"},{"value":"2"}],
         "name":[{"family":"张","given":["三","丰"]},{"text":"Zhang San","use":"usual"}],
         "telecom":[{"system":"phone","value":"138","use":"mobile"},{"system":"email","value":"a@b"}],
         "managingOrganization":{"reference":"https://health.test/fhir/Organization/o"},
         "generalPractitioner":[{"reference":"#c"},{"reference":"urn:uuid:1"},{"identifier":{"system":"urn:d","value":"7"}}],
         "deceasedDateTime":"2020-01-01"}
        """;

    [Theory]
    [InlineData("identifier token urn:a|1")]
    [InlineData("identifier token |2")]
    [InlineData("active token |true")]
    [InlineData("gender token http://hl7.org/fhir/administrative-gender|male")]
    [InlineData("name text 张三丰")]
    [InlineData("name text Zhang San")]
    [InlineData("family text 张")]
    [InlineData("phone token mobile|138")]
    [InlineData("email token |a@b")]
    [InlineData("telecom token mobile|138")]
    [InlineData("organization reference Organization/o")]
    [InlineData("general-practitioner reference /urn:uuid:1")]
    [InlineData("general-practitioner token urn:d|7")]
    [InlineData("general-practitioner reference /")]
    [InlineData("birthdate date 1980-04-30T16:00:00..1980-05-01T16:00:00")]
    [InlineData("deceased token |true")]
    [InlineData("death-date date 2019-12-31T16:00:00..2020-01-01T16:00:00")]
    [InlineData("_tag token urn:t|a")]
    public void of_a_patient(string line) => Assert.Contains(line, Recording.Of(Patient));

    [Fact]
    public void of_a_patient_names_no_contained_resource_and_no_other_kind_of_contact()
    {
        var lines = Recording.Of(Patient);
        Assert.DoesNotContain(lines, line => line.Contains("#c", StringComparison.Ordinal));
        Assert.Single(lines, line => line.StartsWith("phone ", StringComparison.Ordinal));
    }

    [Fact]
    public void of_an_observation_follows_choices_references_by_type_and_comparators()
    {
        var lines = Recording.Of(
            """
            {"resourceType":"Observation","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"718-7"}]},"subject":{"reference":"Group/g"},
             "effectivePeriod":{"start":"2024-01-01T00:00:00Z"},"valueQuantity":{"value":5,"comparator":"<","unit":"mg"},"derivedFrom":[{"reference":"https://x/QuestionnaireResponse/1"}]}
            """);
        Assert.Contains("subject reference Group/g", lines);
        Assert.DoesNotContain(lines, line => line.StartsWith("patient ", StringComparison.Ordinal));
        Assert.Contains("date date 2024-01-01T00:00:00..open", lines);
        Assert.Contains("value-quantity number -∞..5 ||mg", lines.Select(line => line.Replace("-Infinity", "-∞", StringComparison.Ordinal)));
        Assert.Contains("code token http://loinc.org|718-7", lines);
    }

    [Fact]
    public void of_an_observation_numbers_the_values_of_its_components()
    {
        var lines = Recording.Of(
            """
            {"resourceType":"Observation","status":"final","code":{"coding":[{"code":"bp"}]},
             "component":[{"code":{"coding":[{"code":"sys"}]},"valueQuantity":{"value":120}},{"code":{"coding":[{"code":"dia","display":"Diastolic"}],"text":"Dia"},"valueQuantity":{"value":80}}]}
            """);
        Assert.Contains("component-code token |sys #1", lines);
        Assert.Contains("component-code token |dia \"Diastolic\" #2", lines);
        Assert.Contains("component-code token | \"Dia\" #2", lines);
        Assert.Contains("combo-code token |bp", lines);
        Assert.Contains("combo-code token |sys #1", lines);
    }

    [Theory]
    [InlineData("""{"resourceType":"Patient","name":"x","birthDate":17,"identifier":{"value":3},"telecom":[null,5,{}],"managingOrganization":"y","generalPractitioner":[[]]}""")]
    [InlineData("""{"resourceType":"Observation","code":[],"valueQuantity":[1],"effectiveTiming":{"event":"x","repeat":[]},"component":{"code":4}}""")]
    [InlineData("""{"resourceType":"Encounter","period":{"start":[],"end":{}},"subject":{"reference":5},"length":{"value":"x"}}""")]
    public void of_a_resource_of_the_wrong_shape_is_nothing_wrong(string json) => Assert.NotNull(Recording.Of(json));

    [Theory]
    [InlineData("Patient/1", "Patient", "1")]
    [InlineData("Patient/1/_history/2", "Patient", "1")]
    [InlineData("https://health.test/fhir/Patient/1", "Patient", "1")]
    [InlineData("https://other.test/fhir/Patient/1", "", "https://other.test/fhir/Patient/1")]
    [InlineData("urn:uuid:1", "", "urn:uuid:1")]
    [InlineData("Nothing/1", "", "Nothing/1")]
    public void a_reference_leads_to(string reference, string type, string id) =>
        Assert.Equal(new ReferenceTarget(type, id), ReferenceTarget.Parse(reference, Recording.Settings.BaseUrl));
}
