using System.Net;

namespace Health.IntegrationTests.Fhir;

[Collection<FhirCollection>]
public sealed class A_resource_over_REST(FhirHouse house)
{
    private const string Organization = """{"resourceType":"Organization","name":"绵阳市演示中心医院","extension":[{"url":"urn:x","valueDecimal":1.50}]}""";

    [Fact]
    public async Task is_created_with_version_one_and_read_back_byte_for_byte_around_id_and_meta()
    {
        var created = await house.AsHospital.Send("POST", "Organization", Organization);
        Assert.Equal(HttpStatusCode.Created, created.StatusCode);
        Assert.Equal("W/\"1\"", created.Headers.ETag!.ToString());
        Assert.NotNull(created.Content.Headers.LastModified);
        var id = created.IdOf();
        Assert.EndsWith($"/fhir/Organization/{id}/_history/1", created.Headers.Location!.ToString());

        var read = await house.AsHospital.Send("GET", $"Organization/{id}");
        Assert.Equal(HttpStatusCode.OK, read.StatusCode);
        Assert.Equal("application/fhir+json", read.Content.Headers.ContentType!.MediaType);
        var text = await read.Content.ReadAsStringAsync();
        Assert.Contains("\"valueDecimal\":1.50", text);
        Assert.StartsWith($$"""{"resourceType":"Organization","id":"{{id}}","meta":{"versionId":"1","lastUpdated":"20""", text);
        Assert.EndsWith(Organization["{\"resourceType\":\"Organization\"".Length..], text);
    }

    [Fact]
    public async Task is_unknown_to_a_stranger_and_nothing_is_parsed_for_one()
    {
        var answer = await house.Host.Http.Send("POST", "Organization", "{ not even json");
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Equal("Bearer", answer.Headers.WwwAuthenticate.ToString());
        Assert.Equal("OperationOutcome", (string)(await answer.Body())["resourceType"]!);
    }

    [Fact]
    public async Task that_is_refused_by_policy_leaves_a_fact_with_the_reason()
    {
        var answer = await house.AsNobody.Send("GET", "Organization/some", null, ("X-Request-Id", "denied-1"));
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        var fact = Assert.Single(await house.Audit.All(), fact => fact.RequestId == "denied-1");
        Assert.Equal((4, "no-scope", "R"), (fact.Outcome, fact.Reason, fact.Action));
    }
}
