using System.Net;
using System.Text.Json.Nodes;
using Health.IntegrationTests.Fhir;

namespace Health.IntegrationTests.Validation;

[Collection<FhirCollection>]
public sealed class Validation_at_the_door(FhirHouse house)
{
    private const string Card = "https://fhir.mianyang.example/StructureDefinition/card";

    [Fact]
    public async Task refuses_a_write_that_breaks_the_profile_it_claims()
    {
        var broken = $$"""{"resourceType":"Device","meta":{"profile":["{{Card}}"]},"status":"active"}""";
        var answer = await house.AsHospital.Send("POST", "Device", broken);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
        var places = (await answer.Body())["issue"]!.AsArray().Select(issue => (string)issue!["expression"]![0]!).ToList();
        Assert.Equal(["Device.identifier", "Device.type", "Device.patient"], places.Distinct().Where(place => place is "Device.identifier" or "Device.type" or "Device.patient").OrderBy(place => Array.IndexOf(["Device.identifier", "Device.type", "Device.patient"], place)));
        var inside = await house.AsHospital.Send("POST", "", $$$"""{"resourceType":"Bundle","type":"transaction","entry":[{"resource":{{{broken}}},"request":{"method":"POST","url":"Device"}}]}""");
        Assert.Equal(HttpStatusCode.UnprocessableEntity, inside.StatusCode);
        Assert.StartsWith("Bundle.entry[0].resource", (string)(await inside.Body())["issue"]![0]!["expression"]![0]!);
    }

    [Fact]
    public async Task takes_a_claim_of_a_profile_nobody_knows() =>
        Assert.Equal(HttpStatusCode.Created, (await house.AsHospital.Send("POST", "Basic", """{"resourceType":"Basic","meta":{"profile":["http://nobody.example/p"]},"code":{"text":"a"}}""")).StatusCode);

    [Fact]
    public async Task follows_a_profile_stored_a_moment_ago()
    {
        var url = "http://test.example/" + Guid.NewGuid();
        var profile = $$$"""{"resourceType":"StructureDefinition","url":"{{{url}}}","name":"Test","status":"active","kind":"resource","abstract":false,"type":"Basic","baseDefinition":"http://hl7.org/fhir/StructureDefinition/Basic","derivation":"constraint","differential":{"element":[{"id":"Basic","path":"Basic"},{"id":"Basic.author","path":"Basic.author","min":1}]}}""";
        Assert.Equal(HttpStatusCode.Created, (await house.AsHospital.Send("POST", "StructureDefinition", profile)).StatusCode);
        var answer = await house.AsHospital.Send("POST", "Basic", $$$"""{"resourceType":"Basic","meta":{"profile":["{{{url}}}"]},"code":{"text":"a"}}""");
        Assert.Equal("Basic.author", (string)(await answer.Body())["issue"]![0]!["expression"]![0]!);
    }

    [Theory]
    [InlineData("Patient/$validate", """{"resourceType":"Patient","gender":"male"}""", "warning", "dom-6")]
    [InlineData("Patient/$validate", """{"resourceType":"Patient","gender":"x"}""", "error", "administrative-gender")]
    [InlineData("Patient/$validate", """{"resourceType":"Basic","code":{"text":"a"}}""", "error", "this address validates Patient")]
    [InlineData("Patient/$validate?profile=https://fhir.mianyang.example/StructureDefinition/resident", """{"resourceType":"Patient","gender":"male"}""", "error", "Patient.name of")]
    [InlineData("Patient/$validate", """{"resourceType":"Parameters","parameter":[{"name":"resource","resource":{"resourceType":"Patient","gender":"male"}},{"name":"profile","valueUri":"https://fhir.mianyang.example/StructureDefinition/resident"}]}""", "error", "Patient.identifier of")]
    [InlineData("Patient/$validate?profile=http://nobody.example/p", """{"resourceType":"Patient"}""", "warning", "not known here")]
    [InlineData("Patient/$validate", """{"resourceType":"Patient","extension":[{"url":"http://hl7.org/fhir/StructureDefinition/patient-birthPlace","valueString":"a"}]}""", "error", "Extension.value of")]
    public async Task tells_without_writing(string path, string body, string severity, string says)
    {
        var answer = await house.AsHospital.Send("POST", path, body);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Contains((await answer.Body())["issue"]!.AsArray(), issue => (string)issue!["severity"]! == severity && ((string)issue["diagnostics"]!).Contains(says, StringComparison.Ordinal));
    }

    [Fact]
    public async Task judges_an_instance_and_an_update_of_it()
    {
        var made = await house.AsHospital.Send("POST", "Basic", """{"resourceType":"Basic","text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">a</div>"},"code":{"text":"a"}}""");
        var id = made.IdOf();
        var good = (await (await house.AsHospital.Send("GET", $"Basic/{id}/$validate")).Body())["issue"]!;
        Assert.Equal(("information", 1), ((string)good[0]!["severity"]!, good.AsArray().Count));
        var other = await (await house.AsHospital.Send("POST", $"Basic/{id}/$validate?mode=update", """{"resourceType":"Basic","id":"other","code":{"text":"a"}}""")).Body();
        Assert.Equal("Basic.id", (string)other["issue"]![0]!["expression"]![0]!);
        Assert.Equal(HttpStatusCode.NotFound, (await house.AsHospital.Send("GET", "Basic/nobody/$validate")).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await house.AsHospital.Send("POST", "Basic/$validate?mode=burn", """{"resourceType":"Basic","code":{"text":"a"}}""")).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await house.AsHospital.Send("POST", "Basic/$validate", "{")).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await house.AsNobody.Send("POST", "Basic/$validate", """{"resourceType":"Basic","code":{"text":"a"}}""")).StatusCode);
    }

    [Fact]
    public async Task has_the_profiles_of_the_region_to_read_and_names_them()
    {
        var card = await house.AsCentre.Send("GET", "StructureDefinition/card");
        Assert.Equal((HttpStatusCode.OK, Card), (card.StatusCode, (string)(await card.Body())["url"]!));
        var found = await (await house.AsCentre.Send("GET", $"StructureDefinition?url={Card}")).Body();
        Assert.Equal(1, (int)found["total"]!);
        var changed = (await card.Body()).AsObject();
        changed["title"] = "mine";
        Assert.NotEqual(HttpStatusCode.OK, (await house.AsCentre.Send("PUT", "StructureDefinition/card", changed.ToJsonString())).StatusCode);
        var statement = JsonNode.Parse(await house.Host.Http.GetStringAsync("/fhir/metadata"))!;
        var device = statement["rest"]![0]!["resource"]!.AsArray().Single(resource => (string)resource!["type"]! == "Device")!;
        Assert.Contains(Card, device["supportedProfile"]!.AsArray().Select(url => (string)url!));
    }
}
