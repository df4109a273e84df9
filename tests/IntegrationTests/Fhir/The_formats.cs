using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace Health.IntegrationTests.Fhir;

[Collection<FhirCollection>]
public sealed class The_formats(FhirHouse house)
{
    private const string Xml = "<Basic xmlns=\"http://hl7.org/fhir\"><extension url=\"u\"><valueDecimal value=\"1.50\"/></extension><code><text value=\"甲\"/></code></Basic>";

    [Theory]
    [InlineData(null, null, "application/fhir+json")]
    [InlineData(null, "*/*", "application/fhir+json")]
    [InlineData(null, "application/fhir+xml", "application/fhir+xml")]
    [InlineData(null, "text/xml", "application/fhir+xml")]
    [InlineData(null, "application/xml;q=0.9, application/json;q=0.8", "application/fhir+xml")]
    [InlineData(null, "application/xml;q=0.8, application/json;q=0.9", "application/fhir+json")]
    [InlineData(null, "application/fhir+xml, application/fhir+json", "application/fhir+xml")]
    [InlineData(null, "*/*;q=0.1, application/fhir+xml", "application/fhir+xml")]
    [InlineData(null, "application/fhir+xml;q=0, */*", "application/fhir+json")]
    [InlineData(null, "application/fhir+xml; fhirVersion=4.0", "application/fhir+xml")]
    [InlineData("xml", "application/fhir+json", "application/fhir+xml")]
    [InlineData("application/fhir+xml", null, "application/fhir+xml")]
    [InlineData("application%2Ffhir%2Bxml", null, "application/fhir+xml")]
    [InlineData("json", "application/fhir+xml", "application/fhir+json")]
    public async Task are_chosen_by_format_then_by_accept(string? format, string? accept, string answered)
    {
        var id = (await house.AsHospital.Send("POST", "Basic", """{"resourceType":"Basic","code":{"text":"a"}}""")).IdOf();
        var answer = await Ask("GET", $"Basic/{id}{(format is null ? "" : "?_format=" + format)}", accept);
        Assert.Equal((HttpStatusCode.OK, answered), (answer.StatusCode, answer.Content.Headers.ContentType!.MediaType));
        var missing = await Ask("GET", $"Basic/none{(format is null ? "" : "?_format=" + format)}", accept);
        Assert.Equal((HttpStatusCode.NotFound, answered), (missing.StatusCode, missing.Content.Headers.ContentType!.MediaType));
        Assert.Contains("OperationOutcome", await missing.Content.ReadAsStringAsync());
        var head = await Ask("HEAD", $"Basic/{id}{(format is null ? "" : "?_format=" + format)}", accept);
        Assert.Equal((answer.Content.Headers.ContentLength, answered), (head.Content.Headers.ContentLength, head.Content.Headers.ContentType!.MediaType));
    }

    [Theory]
    [InlineData("text/turtle")]
    [InlineData("application/fhir+json; fhirVersion=3.0")]
    [InlineData("application/fhir+json;q=0")]
    [InlineData("nonsense")]
    public async Task that_cannot_be_given_are_406_with_an_outcome(string accept)
    {
        var answer = await Ask("GET", "Basic/none", accept);
        Assert.Equal(HttpStatusCode.NotAcceptable, answer.StatusCode);
        Assert.Equal("OperationOutcome", (string)(await answer.Body())["resourceType"]!);
    }

    [Theory]
    [InlineData("text/plain", 415)]
    [InlineData("application/fhir+json; charset=gb18030", 415)]
    [InlineData("application/fhir+json; fhirVersion=5.0", 415)]
    [InlineData("application/json-patch+json", 415)]
    [InlineData("application/fhir+json; charset=UTF-8; fhirVersion=4.0", 201)]
    [InlineData("application/json", 201)]
    public async Task of_a_body_are_those_of_R4_in_UTF8(string contentType, int status)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/fhir/Basic") { Content = new ByteArrayContent("""{"resourceType":"Basic","code":{"text":"a"}}"""u8.ToArray()) };
        request.Content.Headers.TryAddWithoutValidation("Content-Type", contentType);
        Assert.Equal(status, (int)(await house.AsHospital.SendAsync(request)).StatusCode);
    }

    [Fact]
    public async Task meet_in_one_resource_written_as_XML_and_read_as_JSON_and_back()
    {
        var created = await Post("Basic", Xml);
        Assert.Equal((HttpStatusCode.Created, "application/fhir+xml"), (created.StatusCode, created.Content.Headers.ContentType!.MediaType));
        var id = created.IdOf();
        var json = await (await Ask("GET", $"Basic/{id}", "application/fhir+json")).Content.ReadAsStringAsync();
        Assert.Contains("\"valueDecimal\":1.50", json);
        var xml = await (await Ask("GET", $"Basic/{id}", "application/fhir+xml")).Content.ReadAsStringAsync();
        Assert.Contains("<valueDecimal value=\"1.50\"/></extension><code><text value=\"甲\"/></code></Basic>", xml);
        var search = await (await Ask("GET", $"Basic?_id={id}", "application/fhir+xml")).Content.ReadAsStringAsync();
        Assert.StartsWith("<Bundle xmlns=\"http://hl7.org/fhir\"><type value=\"searchset\"/>", search);
        Assert.Contains($"<resource><Basic><id value=\"{id}\"/>", search);
        Assert.StartsWith("<CapabilityStatement", await (await Ask("GET", "metadata", "application/fhir+xml")).Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task of_a_transaction_may_be_XML()
    {
        var answer = await Post("", $"<Bundle xmlns=\"http://hl7.org/fhir\"><type value=\"transaction\"/><entry><resource>{Xml.Replace(" xmlns=\"http://hl7.org/fhir\"", "")}</resource><request><method value=\"POST\"/><url value=\"Basic\"/></request></entry></Bundle>");
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Contains("<status value=\"201\"/>", await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task of_a_refusal_follow_the_body_of_an_XML_client_with_the_line()
    {
        var answer = await Post("Basic", Xml.Replace("<code>", "\n<colour/><code>"));
        Assert.Equal((HttpStatusCode.BadRequest, "application/fhir+xml"), (answer.StatusCode, answer.Content.Headers.ContentType!.MediaType));
        var text = await answer.Content.ReadAsStringAsync();
        Assert.Contains("Basic has no element colour: line 2, position 2.", text);
        Assert.Contains("<expression value=\"Basic\"/>", text);
    }

    [Fact]
    public async Task are_indented_for_people_when_pretty_is_asked_for()
    {
        var id = (await Post("Basic", Xml)).IdOf();
        var json = await (await Ask("GET", $"Basic/{id}?_pretty=true", null)).Content.ReadAsStringAsync();
        Assert.Contains("\n  \"id\": ", json);
        Assert.Contains("\"valueDecimal\": 1.50", json);
        Assert.Contains("\n    <text value=\"甲\"/>", await (await Ask("GET", $"Basic/{id}?_pretty=true&_format=xml", null)).Content.ReadAsStringAsync());
        Assert.Equal(HttpStatusCode.BadRequest, (await Ask("GET", $"Basic/{id}?_pretty=nicely", null)).StatusCode);
    }

    [Fact]
    public async Task may_be_asked_for_in_the_form_of_a_search()
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/fhir/Basic/_search") { Content = new FormUrlEncodedContent([new("_format", "application/fhir+xml"), new("_id", "none")]) };
        Assert.Equal("application/fhir+xml", (await house.AsHospital.SendAsync(request)).Content.Headers.ContentType!.MediaType);
    }

    [Fact]
    public async Task may_come_packed_by_gzip_and_by_nothing_else()
    {
        Assert.Equal(HttpStatusCode.Created, (await Packed("gzip", Gzip(Encoding.UTF8.GetBytes("""{"resourceType":"Basic","code":{"text":"a"}}""")))).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await Packed("gzip", "{}"u8.ToArray())).StatusCode);
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, (await Packed("br", "{}"u8.ToArray())).StatusCode);
    }

    [Theory]
    [InlineData("Basic/x", "DELETE, GET, HEAD, OPTIONS, PATCH, PUT")]
    [InlineData("Basic/x/_history", "GET, HEAD, OPTIONS")]
    public async Task of_an_address_are_told_by_Allow(string path, string allowed)
    {
        var refused = await house.AsHospital.Send("POST", path, """{"resourceType":"Basic"}""");
        Assert.Equal((HttpStatusCode.MethodNotAllowed, allowed), (refused.StatusCode, string.Join(", ", refused.Content.Headers.Allow)));
        var options = await house.Host.Http.Send("OPTIONS", path);
        Assert.Equal((HttpStatusCode.NoContent, allowed), (options.StatusCode, string.Join(", ", options.Content.Headers.Allow)));
        Assert.Equal(HttpStatusCode.NotFound, (await house.Host.Http.Send("OPTIONS", "Basik/x")).StatusCode);
    }

    private static byte[] Gzip(byte[] bytes)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest)) gzip.Write(bytes);
        return packed.ToArray();
    }

    private Task<HttpResponseMessage> Packed(string encoding, byte[] bytes)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/fhir/Basic") { Content = new ByteArrayContent(bytes) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/fhir+json");
        request.Content.Headers.ContentEncoding.Add(encoding);
        return house.AsHospital.SendAsync(request);
    }

    private Task<HttpResponseMessage> Post(string path, string xml)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/fhir/" + path) { Content = FhirHttp.Json(xml, "application/fhir+xml") };
        request.Headers.TryAddWithoutValidation("Accept", "application/fhir+xml");
        return house.AsHospital.SendAsync(request);
    }

    private Task<HttpResponseMessage> Ask(string method, string path, string? accept) =>
        accept is null ? house.AsHospital.Send(method, path) : house.AsHospital.Send(method, path, null, ("Accept", accept));
}
