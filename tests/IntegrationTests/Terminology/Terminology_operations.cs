using System.Net;
using System.Text.Json.Nodes;
using Health.IntegrationTests.Fhir;

namespace Health.IntegrationTests.Terminology;

[Collection<FhirCollection>]
public sealed class Terminology_operations(FhirHouse house)
{
    private const string Sex = "urn:oid:2.16.156.10011.2.3.3.4", Divisions = "https://fhir.mianyang.example/CodeSystem/mianyang-division";

    [Theory]
    [InlineData("CodeSystem/$lookup?system=http://hl7.org/fhir/administrative-gender&code=male", "display", "Male")]
    [InlineData("CodeSystem/$lookup?system=urn:oid:2.16.156.10011.2.3.3.4&code=1", "display", "男性")]
    [InlineData("CodeSystem/$lookup?system=urn:oid:2.16.156.10011.2.3.3.4&code=1&displayLanguage=en", "display", "male")]
    [InlineData("CodeSystem/$validate-code?url=http://hl7.org/fhir/administrative-gender&code=male", "result", "true")]
    [InlineData("CodeSystem/$validate-code?url=http://hl7.org/fhir/administrative-gender&code=man", "result", "false")]
    [InlineData("CodeSystem/$validate-code?url=http://hl7.org/fhir/administrative-gender&code=male&display=Female", "result", "false")]
    [InlineData("CodeSystem/$validate-code?url=http://unitsofmeasure.org&code=mg/dL", "result", "true")]
    [InlineData("ValueSet/$validate-code?url=http://hl7.org/fhir/ValueSet/administrative-gender&code=male", "result", "true")]
    [InlineData("ValueSet/$validate-code?url=http://hl7.org/fhir/ValueSet/administrative-gender&code=male&system=http://other", "result", "false")]
    [InlineData("ValueSet/$validate-code?url=http://hl7.org/fhir/ValueSet/mimetypes&code=text/plain&system=urn:ietf:bcp:13", "result", "true")]
    [InlineData("ValueSet/gb-3304-ethnic/$validate-code?code=33&system=urn:oid:2.16.156.10011.2.3.3.3", "display", "羌族")]
    [InlineData("ValueSet/$validate-code?url=https://fhir.mianyang.example/ValueSet/mianyang-division&code=510724&date=2015-06-01", "result", "true")]
    [InlineData("ValueSet/$validate-code?url=https://fhir.mianyang.example/ValueSet/mianyang-division&code=510724&date=2018-06-01", "result", "false")]
    [InlineData("CodeSystem/$subsumes?system=https://fhir.mianyang.example/CodeSystem/mianyang-division&codeA=510700&codeB=510722", "outcome", "subsumes")]
    [InlineData("CodeSystem/$subsumes?system=https://fhir.mianyang.example/CodeSystem/mianyang-division&codeA=510722&codeB=510700", "outcome", "subsumed-by")]
    [InlineData("CodeSystem/$subsumes?system=https://fhir.mianyang.example/CodeSystem/mianyang-division&codeA=510722&codeB=510722", "outcome", "equivalent")]
    [InlineData("CodeSystem/mianyang-division/$subsumes?codeA=510722&codeB=510703", "outcome", "not-subsumed")]
    [InlineData("ConceptMap/$translate?url=https://fhir.mianyang.example/ConceptMap/ethnic-numbers-to-letters&system=urn:oid:2.16.156.10011.2.3.3.3&code=33", "result", "true")]
    [InlineData("ConceptMap/$translate?system=urn:oid:2.16.156.10011.2.3.3.4&code=2&targetsystem=http://hl7.org/fhir/administrative-gender", "concept", "female")]
    [InlineData("ConceptMap/sex-to-gender/$translate?system=http://hl7.org/fhir/administrative-gender&code=female&reverse=true", "concept", "2")]
    [InlineData("ConceptMap/sex-to-gender/$translate?system=urn:oid:2.16.156.10011.2.3.3.4&code=7", "result", "false")]
    public async Task answer(string path, string parameter, string expected)
    {
        var answer = await house.AsHospital.Send("GET", path);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(expected, Value(await answer.Body(), parameter));
    }

    [Theory]
    [InlineData("CodeSystem/$lookup?system=urn:nothing&code=1", 404, "urn:nothing")]
    [InlineData("CodeSystem/$lookup?system=http://hl7.org/fhir/administrative-gender&code=mal", 404, "Is 'male' meant?")]
    [InlineData("CodeSystem/$lookup?code=male", 400, "system")]
    [InlineData("CodeSystem/$lookup?system=http://hl7.org/fhir/administrative-gender", 400, "code is missing")]
    [InlineData("CodeSystem/$lookup?system=a&code=b&colour=red", 400, "'colour' is not known")]
    [InlineData("CodeSystem/$lookup?system=https://fhir.mianyang.example/CodeSystem/mianyang-division&code=510724&date=2018-01-01", 404, "then 510705 is")]
    [InlineData("CodeSystem/$lookup?system=https://fhir.mianyang.example/CodeSystem/mianyang-division&code=510724&date=yesterday", 400, "date")]
    [InlineData("CodeSystem/$validate-code?url=urn:nothing&code=1", 404, "urn:nothing")]
    [InlineData("ValueSet/$validate-code?url=urn:nothing&code=1", 404, "urn:nothing")]
    [InlineData("ValueSet/nobody/$validate-code?code=1", 404, "ValueSet/nobody")]
    [InlineData("ValueSet/$expand?url=urn:nothing", 404, "urn:nothing")]
    [InlineData("ValueSet/$expand", 400, "url")]
    [InlineData("ValueSet/$expand?url=http://hl7.org/fhir/ValueSet/administrative-gender&count=-1", 400, "count")]
    [InlineData("ConceptMap/$translate?url=urn:nothing&system=a&code=1", 404, "urn:nothing")]
    [InlineData("ConceptMap/$translate?code=1", 400, "system")]
    [InlineData("CodeSystem/$subsumes?system=http://hl7.org/fhir/administrative-gender&codeA=male&codeB=x", 404, "'x' is no code")]
    public async Task refuse(string path, int status, string says)
    {
        var answer = await house.AsHospital.Send("GET", path);
        var issue = (await answer.Body())["issue"]![0]!;
        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Contains(says, (string)issue["diagnostics"]!);
    }

    [Fact]
    public async Task expand_in_pages_with_a_filter_and_a_language()
    {
        var all = await (await house.AsHospital.Send("GET", "ValueSet/gb-3304-ethnic/$expand")).Body();
        Assert.Equal(58, (int)all["expansion"]!["total"]!);
        var page = (await (await house.AsHospital.Send("GET", "ValueSet/gb-3304-ethnic/$expand?offset=2&count=2&displayLanguage=en")).Body())["expansion"]!;
        Assert.Equal((58, 2), ((int)page["total"]!, (int)page["offset"]!));
        Assert.Equal(["Hui", "Zang"], page["contains"]!.AsArray().Select(code => (string)code!["display"]!));
        var found = (await (await house.AsHospital.Send("GET", "ValueSet/gb-3304-ethnic/$expand?filter=羌")).Body())["expansion"]!["contains"]!.AsArray();
        Assert.Equal("33", (string)Assert.Single(found)!["code"]!);
        var then = (await (await house.AsHospital.Send("GET", "ValueSet/mianyang-division/$expand?date=2015-01-01")).Body())["expansion"]!["contains"]!.AsArray().Select(code => (string)code!["code"]!).ToList();
        Assert.Contains("510724", then);
        Assert.DoesNotContain("510705", then);
    }

    [Fact]
    public async Task take_Parameters_with_a_coding_or_a_concept_and_a_value_set_in_the_body()
    {
        var coding = """{"resourceType":"Parameters","parameter":[{"name":"coding","valueCoding":{"system":"SEX","code":"2"}},{"name":"displayLanguage","valueCode":"en"}]}""".Replace("SEX", Sex);
        Assert.Equal("female", Value(await (await house.AsHospital.Send("POST", "CodeSystem/$lookup", coding)).Body(), "display"));
        var concept = """{"resourceType":"Parameters","parameter":[{"name":"codeableConcept","valueCodeableConcept":{"coding":[{"system":"a","code":"b"},{"system":"SEX","code":"2"}]}},{"name":"valueSet","resource":{"resourceType":"ValueSet","status":"active","compose":{"include":[{"system":"SEX"}]}}}]}""".Replace("SEX", Sex);
        Assert.Equal("true", Value(await (await house.AsHospital.Send("POST", "ValueSet/$validate-code", concept)).Body(), "result"));
        var refused = await house.AsHospital.Send("POST", "CodeSystem/$lookup", """{"resourceType":"Patient"}""");
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
    }

    [Fact]
    public async Task see_what_was_stored_a_moment_ago_and_what_was_deleted()
    {
        var url = "urn:test:" + Guid.NewGuid();
        var system = $$"""{"resourceType":"CodeSystem","url":"{{url}}","status":"active","content":"complete","concept":[{"code":"a","display":"eins"}]}""";
        var made = await house.AsHospital.Send("POST", "CodeSystem", system);
        Assert.Equal(HttpStatusCode.Created, made.StatusCode);
        Assert.Equal("eins", Value(await (await house.AsHospital.Send("GET", $"CodeSystem/$lookup?system={url}&code=a")).Body(), "display"));
        var valueSet = $$$"""{"resourceType":"ValueSet","url":"{{{url}}}:set","status":"active","compose":{"include":[{"system":"{{{url}}}"}]}}""";
        await house.AsHospital.Send("POST", "ValueSet", valueSet);
        Assert.Equal(1, (int)(await (await house.AsHospital.Send("GET", $"ValueSet/$expand?url={url}:set")).Body())["expansion"]!["total"]!);
        await house.AsHospital.Send("DELETE", "CodeSystem/" + made.IdOf());
        Assert.Equal(HttpStatusCode.NotFound, (await house.AsHospital.Send("GET", $"CodeSystem/$lookup?system={url}&code=a")).StatusCode);
    }

    [Fact]
    public async Task are_for_those_who_may_read_and_leave_an_audit_fact()
    {
        Assert.Equal(HttpStatusCode.Forbidden, (await house.AsNobody.Send("GET", $"CodeSystem/$lookup?system={Sex}&code=1")).StatusCode);
        var before = (await house.Audit.All()).Count(fact => fact.Interaction == "subsumes");
        await house.AsHospital.Send("GET", $"CodeSystem/$subsumes?system={Divisions}&codeA=510700&codeB=510722");
        Assert.Equal(before + 1, (await house.Audit.All()).Count(fact => fact.Interaction == "subsumes"));
    }

    private static string? Value(JsonNode body, string parameter)
    {
        var all = body["parameter"]!.AsArray();
        var found = all.FirstOrDefault(one => (string)one!["name"]! == parameter)
            ?? all.SelectMany(one => one!["part"]?.AsArray() ?? []).FirstOrDefault(one => (string)one!["name"]! == parameter);
        return found?.AsObject().Where(member => member.Key.StartsWith("value", StringComparison.Ordinal)).Select(member => member.Value is JsonObject coding ? (string)coding["code"]! : member.Value!.ToString()).FirstOrDefault();
    }
}
