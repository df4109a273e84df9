using System.Text;
using Health.Fhir.Wire;

namespace Health.UnitTests.Validation;

/// <summary>Every kind of error, with its place and what would be right.</summary>
public sealed class A_resource_that_breaks
{
    [Theory]
    [InlineData("""{"resourceType":"Patient","brithDate":"1990-01-01"}""", "Patient", "structure", "Is 'birthDate' meant?")]
    [InlineData("""{"resourceType":"Observation","status":"final","code":{"text":"a"},"value":1}""", "Observation", "structure", "Is 'value")]
    [InlineData("""{"resourceType":"Patient","contact":[{"nme":{}}]}""", "Patient.contact[0]", "structure", "Is 'name' meant?")]
    [InlineData("""{"resourceType":"Observation","status":"final"}""", "Observation.code", "required", "'code' is missing")]
    [InlineData("""{"resourceType":"MedicationRequest","status":"active","intent":"order","subject":{"reference":"Patient/1"}}""", "MedicationRequest.medication", "required", "'medication[x]' is missing")]
    [InlineData("""{"resourceType":"Patient","deceasedBoolean":true,"deceasedDateTime":"2020"}""", "Patient.deceased", "structure", "Only one of the types")]
    [InlineData("""{"resourceType":"Patient","name":{"family":"a"}}""", "Patient.name", "structure", "JSON array")]
    [InlineData("""{"resourceType":"Patient","birthDate":["1990"]}""", "Patient.birthDate", "structure", "without a JSON array")]
    [InlineData("""{"resourceType":"Patient","name":[]}""", "Patient.name", "structure", "not empty")]
    [InlineData("""{"resourceType":"Patient","active":null}""", "Patient.active", "structure", "null stands only in an array")]
    [InlineData("""{"resourceType":"Patient","name":[{"given":["a",null]}]}""", "Patient.name[0].given[1]", "structure", "null stands only")]
    [InlineData("""{"resourceType":"Patient","name":[{"given":["a","b"],"_given":[null]}]}""", "Patient.name[0].given", "structure", "belong together")]
    [InlineData("""{"resourceType":"Patient","name":["a"]}""", "Patient.name[0]", "structure", "HumanName is written as a JSON object")]
    [InlineData("""{"resourceType":"Patient","active":"true"}""", "Patient.active", "value", "without quotes")]
    [InlineData("""{"resourceType":"Patient","multipleBirthInteger":1.5}""", "Patient.multipleBirth", "value", "whole number")]
    [InlineData("""{"resourceType":"Patient","birthDate":"2015-02-30"}""", "Patient.birthDate", "value", "YYYY-MM-DD")]
    [InlineData("""{"resourceType":"Patient","deceasedDateTime":"2015-02-03T10:00"}""", "Patient.deceased", "value", "offset")]
    [InlineData("""{"resourceType":"Patient","name":[{"family":" "}]}""", "Patient.name[0].family", "value", "not empty")]
    [InlineData("""{"resourceType":"Patient","gender":"Male"}""", "Patient.gender", "code-invalid", "male, female")]
    [InlineData("""{"resourceType":"Patient","name":[{}]}""", "Patient.name[0]", "invariant", "ele-1")]
    [InlineData("""{"resourceType":"Patient","extension":[{"url":"http://a","valueString":"a","extension":[{"url":"b","valueString":"c"}]}]}""", "Patient.extension[0]", "invariant", "ext-1")]
    [InlineData("""{"resourceType":"Patient","extension":[{"url":"http://a"}]}""", "Patient.extension[0]", "invariant", "ext-1")]
    [InlineData("""{"resourceType":"Patient","managingOrganization":{"reference":"Patient/1"}}""", "Patient.managingOrganization.reference", "value", "cannot refer to a Patient: it refers to Organization")]
    [InlineData("""{"resourceType":"Patient","managingOrganization":{"reference":"http://x/fhir/Patient/1/_history/2"}}""", "Patient.managingOrganization.reference", "value", "Organization")]
    [InlineData("""{"resourceType":"Patient","managingOrganization":{"reference":"#o"}}""", "Patient.managingOrganization.reference", "invariant", "ref-1")]
    [InlineData("""{"resourceType":"Patient","contained":[{"resourceType":"Organization","id":"o","name":"a"}]}""", "Patient.contained[0]", "invariant", "dom-3")]
    [InlineData("""{"resourceType":"Patient","contained":[{"resourceType":"Organization","id":"o","name":"a","meta":{"versionId":"1"}}],"managingOrganization":{"reference":"#o"}}""", "Patient.contained[0].meta", "invariant", "dom-4")]
    [InlineData("""{"resourceType":"Patient","contact":[{"gender":"male"}]}""", "Patient.contact[0]", "invariant", "pat-1")]
    [InlineData("""{"resourceType":"Observation","status":"final","code":{"text":"a"},"valueString":"b","dataAbsentReason":{"text":"c"}}""", "Observation", "invariant", "obs-6")]
    [InlineData("""{"resourceType":"Observation","status":"final","code":{"text":"a"},"valueQuantity":{"value":1,"code":"g"}}""", "Observation.value", "invariant", "qty-3")]
    [InlineData("""{"resourceType":"Encounter","status":"planned","class":{"code":"AMB"},"period":{"start":"2015-02-01","end":"2015-01-01"}}""", "Encounter.period", "invariant", "per-1")]
    [InlineData("""{"resourceType":"Patient","text":{"status":"generated","div":"<div xmlns='http://www.w3.org/1999/xhtml'> </div>"}}""", "Patient.text.div", "structure", "txt-2")]
    [InlineData("""{"resourceType":"Bundle","type":"collection","entry":[{"resource":{"resourceType":"Patient","gender":"x"}}]}""", "Bundle.entry[0].resource.gender", "code-invalid", "male")]
    [InlineData("""{"resourceType":"Bundle","type":"collection","entry":[{"resource":{"resourceType":"Pacient"}}]}""", "Bundle.entry[0].resource", "structure", "no resource type")]
    public void says_where_and_what_would_be_right(string body, string expression, string code, string says)
    {
        var issues = ResourceCheck.TryRead(Encoding.UTF8.GetBytes(body), null, out _);
        var issue = Assert.Single(issues);
        Assert.Equal((422, expression, code), (issue.Status, issue.Expression, issue.Code));
        Assert.Contains(says, issue.Diagnostics);
    }

    [Theory]
    [InlineData("""{"resourceType":"Patient","name":[{"given":["a",null],"_given":[null,{"extension":[{"url":"http://a","valueCode":"b"}]}]}]}""")]
    [InlineData("""{"resourceType":"Patient","_birthDate":{"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/data-absent-reason","valueCode":"unknown"}]}}""")]
    [InlineData("""{"resourceType":"Patient","birthDate":"1990","_birthDate":{"id":"b"}}""")]
    [InlineData("""{"resourceType":"Patient","managingOrganization":{"reference":"urn:uuid:7f2c6a9e-0000-4000-8000-000000000001"}}""")]
    [InlineData("""{"resourceType":"Patient","managingOrganization":{"reference":"Organization?identifier=a|b"}}""")]
    [InlineData("""{"resourceType":"Patient","managingOrganization":{"reference":"#o"},"contained":[{"resourceType":"Organization","id":"o","name":"a"}]}""")]
    [InlineData("""{"resourceType":"Observation","status":"final","code":{"text":"高血压"},"valueQuantity":{"value":1.10,"unit":"kPa"},"effectiveInstant":"2015-06-01T08:00:00.123+08:00"}""")]
    public void is_not_one_that_only_looks_odd(string body) => Assert.Empty(ResourceCheck.TryRead(Encoding.UTF8.GetBytes(body), null, out _));

    [Fact]
    public void in_a_thousand_places_is_told_of_a_hundred()
    {
        var body = """{"resourceType":"Patient","name":[""" + string.Join(',', Enumerable.Repeat("""{"famly":"x"}""", 1000)) + "]}";
        var issues = ResourceCheck.TryRead(Encoding.UTF8.GetBytes(body), null, out _);
        Assert.Equal((100, "too-costly"), (issues.Count, issues[^1].Code));
    }

    [Fact]
    public void with_several_errors_names_them_all()
    {
        var body = """{"resourceType":"Patient","gender":"x","birthDate":"y","colour":"z","contact":[{"relationship":{}}]}""";
        var places = ResourceCheck.TryRead(Encoding.UTF8.GetBytes(body), null, out _).Select(issue => issue.Expression);
        Assert.Equal(["Patient.gender", "Patient.birthDate", "Patient", "Patient.contact[0].relationship"], places);
    }
}
