using System.Net;

namespace Health.IntegrationTests.Fhir;

[Collection<FhirCollection>]
public sealed class The_matrix_of_statuses(FhirHouse house)
{
    private const string Basic = """{"resourceType":"Basic","code":{"text":"a"}}""";

    [Fact]
    public async Task of_the_life_of_one_resource()
    {
        var http = house.AsHospital;
        var id = "life-" + Guid.NewGuid().ToString("N");
        string With(string text) => $$$"""{"resourceType":"Basic","id":"{{{id}}}","code":{"text":"{{{text}}}"}}""";

        Assert.Equal(404, await Status("GET", $"Basic/{id}"));
        Assert.Equal(201, await Status("PUT", $"Basic/{id}", With("one")));
        Assert.Equal(200, await Status("PUT", $"Basic/{id}", With("two")));
        var repeated = await http.Send("PUT", $"Basic/{id}", With("two"));
        Assert.Equal((HttpStatusCode.OK, "W/\"2\""), (repeated.StatusCode, repeated.Headers.ETag!.ToString()));
        Assert.Equal(412, await Status("PUT", $"Basic/{id}", With("three"), ("If-Match", "W/\"1\"")));
        Assert.Equal(200, await Status("PUT", $"Basic/{id}", With("three"), ("If-Match", "W/\"2\"")));
        Assert.Equal(412, await Status("PUT", $"Basic/{id}", With("four"), ("If-None-Match", "*")));
        Assert.Equal(400, await Status("PUT", $"Basic/{id}", With("four"), ("If-Match", "W/\"x\"")));
        Assert.Equal(200, await Status("GET", $"Basic/{id}/_history/1"));
        Assert.Equal(404, await Status("GET", $"Basic/{id}/_history/9"));
        Assert.Equal(304, await Status("GET", $"Basic/{id}", null, ("If-None-Match", "W/\"3\"")));
        Assert.Equal(200, await Status("GET", $"Basic/{id}", null, ("If-None-Match", "W/\"2\"")));
        var read = await http.Send("GET", $"Basic/{id}");
        Assert.Equal(304, await Status("GET", $"Basic/{id}", null, ("If-Modified-Since", read.Content.Headers.LastModified!.Value.ToString("R"))));
        var head = await http.Send("HEAD", $"Basic/{id}");
        Assert.Equal((HttpStatusCode.OK, "W/\"3\"", read.Content.Headers.ContentLength), (head.StatusCode, head.Headers.ETag!.ToString(), head.Content.Headers.ContentLength));
        Assert.Equal(204, await Status("DELETE", $"Basic/{id}"));
        Assert.Equal(204, await Status("DELETE", $"Basic/{id}"));
        Assert.Equal(410, await Status("GET", $"Basic/{id}"));
        Assert.Equal(410, await Status("GET", $"Basic/{id}/_history/4"));
        Assert.Equal(200, await Status("GET", $"Basic/{id}/_history/3"));
        Assert.Equal(201, await Status("PUT", $"Basic/{id}", With("again")));
        Assert.Equal("W/\"5\"", (await http.Send("GET", $"Basic/{id}")).Headers.ETag!.ToString());
        Assert.Equal(5, await house.Count($"select count(*) from events.mt_events where stream_id = 'Basic/{id}'"));

        async Task<int> Status(string method, string path, string? json = null, params (string, string)[] headers) => (int)(await http.Send(method, path, json, headers)).StatusCode;
    }

    [Theory]
    [InlineData("POST", "Basic", """{"resourceType":"Basic","code":{"text":"a"},"colour":1}""", 422)]
    [InlineData("POST", "Basic", """{"resourceType":"Patient"}""", 400)]
    [InlineData("POST", "Basic", "{", 400)]
    [InlineData("POST", "Basic", """{"resourceType":"Basic","code":{"text":"a"},"code":{"text":"b"}}""", 400)]
    [InlineData("POST", "Basik", Basic, 404)]
    [InlineData("PUT", "Basic/x", Basic, 400)]
    [InlineData("PUT", "Basic/x", """{"resourceType":"Basic","id":"y","code":{"text":"a"}}""", 400)]
    [InlineData("PUT", "Basic/x_y", """{"resourceType":"Basic","id":"x_y","code":{"text":"a"}}""", 400)]
    [InlineData("PUT", "Basic", Basic, 400)]
    [InlineData("DELETE", "Basic", null, 400)]
    [InlineData("GET", "Basic/x?colour=red", null, 400)]
    [InlineData("GET", "Basic/x?_asOf=yesterday", null, 400)]
    [InlineData("GET", "Basic/x/_history", null, 404)]
    [InlineData("GET", "Basic/_history?_since=yesterday", null, 400)]
    [InlineData("POST", "Basic/x", Basic, 405)]
    [InlineData("GET", "Basic/x/y/z", null, 404)]
    [InlineData("POST", "", """{"resourceType":"Basic"}""", 400)]
    [InlineData("POST", "", """{"resourceType":"Bundle","type":"collection"}""", 400)]
    public async Task of_bad_requests_with_an_outcome_each(string method, string path, string? json, int status)
    {
        var answer = await house.AsHospital.Send(method, path, json);
        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Equal("OperationOutcome", (string)(await answer.Body())["resourceType"]!);
    }

    [Fact]
    public async Task of_a_body_that_is_too_large() =>
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await house.AsHospital.Send("POST", "Basic", new string(' ', 2 * 1024 * 1024) + Basic)).StatusCode);

    [Fact]
    public async Task of_what_Prefer_asks()
    {
        Assert.Equal(0, (await house.AsHospital.Send("POST", "Basic", Basic, ("Prefer", "return=minimal"))).Content.Headers.ContentLength ?? 0);
        Assert.Equal("Basic", (string)(await (await house.AsHospital.Send("POST", "Basic", Basic, ("Prefer", "return=representation"))).Body())["resourceType"]!);
        Assert.Equal("OperationOutcome", (string)(await (await house.AsHospital.Send("POST", "Basic", Basic, ("Prefer", "return=OperationOutcome"))).Body())["resourceType"]!);
    }

    [Fact]
    public async Task of_patches()
    {
        var http = house.AsHospital;
        var id = (await http.Send("POST", "Basic", Basic)).IdOf();
        Assert.Equal(200, await Patched("application/json-patch+json", """[{"op":"add","path":"/language","value":"zh"}]"""));
        Assert.Equal(200, await Patched("application/merge-patch+json", """{"implicitRules":"urn:x"}"""));
        Assert.Equal(422, await Patched("application/json-patch+json", """[{"op":"test","path":"/language","value":"en"}]"""));
        Assert.Equal(422, await Patched("application/merge-patch+json", """{"colour":"red"}"""));
        Assert.Equal(422, await Patched("application/merge-patch+json", """{"id":"other"}"""));
        Assert.Equal(415, await Patched("application/fhir+json", Basic));
        Assert.Equal(412, await Patched("application/merge-patch+json", """{"language":"en"}""", "W/\"1\""));
        var body = await (await http.Send("GET", $"Basic/{id}")).Body();
        Assert.Equal(("zh", "urn:x", "3"), ((string?)body["language"], (string?)body["implicitRules"], (string?)body["meta"]!["versionId"]));

        async Task<int> Patched(string media, string patch, string? ifMatch = null)
        {
            var request = new HttpRequestMessage(HttpMethod.Patch, $"/fhir/Basic/{id}") { Content = FhirHttp.Json(patch, media) };
            if (ifMatch is not null) request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
            return (int)(await http.SendAsync(request)).StatusCode;
        }
    }

    [Fact]
    public async Task of_the_request_id()
    {
        var given = await house.AsHospital.Send("GET", "Basic/none", null, ("X-Request-Id", "abc-1"));
        Assert.Equal("abc-1", given.Headers.GetValues("X-Request-Id").Single());
        var made = await house.AsHospital.Send("GET", "Basic/none", null, ("X-Request-Id", "bad id\u0001"));
        Assert.True(Guid.TryParse(made.Headers.GetValues("X-Request-Id").Single(), out _));
    }
}
