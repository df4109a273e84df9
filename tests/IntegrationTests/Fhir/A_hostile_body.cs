using System.Text;
using Health.Fhir.Wire;

namespace Health.IntegrationTests.Fhir;

/// <summary>One attack after another on bodies: 4xx with an OperationOutcome, two seconds, 200 MB, and the platform lives.</summary>
[Collection<HostileCollection>]
public sealed class A_hostile_body(FhirHouse house)
{
    private const string Xml = "application/fhir+xml";

    [Fact]
    public async Task of_XML_eight_thousand_levels_deep() =>
        await (await Post("Patient", "<Patient xmlns=\"http://hl7.org/fhir\">" + Times(8000, "<extension url=\"u\">") + Times(8000, "</extension>") + "</Patient>", Xml)).Refused(400, "deep");

    [Fact]
    public async Task of_XML_with_entities_that_multiply()
    {
        var lol = "<!DOCTYPE lolz [<!ENTITY a \"lol\">" + string.Concat(Enumerable.Range(1, 9).Select(i => $"<!ENTITY {(char)('a' + i)} \"{Times(10, $"&{(char)('a' + i - 1)};")}\">")) + "]>";
        await (await Post("Patient", lol + "<Patient xmlns=\"http://hl7.org/fhir\"><language value=\"&j;\"/></Patient>", Xml)).Refused(400, "document type");
        await (await Post("Patient", "<!DOCTYPE x [<!ENTITY a SYSTEM \"file:///etc/passwd\">]><Patient xmlns=\"http://hl7.org/fhir\"><language value=\"&a;\"/></Patient>", Xml)).Refused(400, "document type");
        await (await Post("Patient", "<!DOCTYPE x SYSTEM \"http://127.0.0.1:1/x.dtd\"><Patient xmlns=\"http://hl7.org/fhir\"/>", Xml)).Refused(400, "document type");
    }

    [Fact]
    public async Task of_JSON_a_hundred_thousand_levels_deep()
    {
        await (await Post("Basic", "{\"resourceType\":\"Basic\",\"extension\":" + Times(100_000, "[") + Times(100_000, "]") + "}")).Refused(400, "well-formed JSON");
        await (await Post("Basic", Times(100_000, "{\"a\":") + "1" + Times(100_000, "}"))).Refused(400, "well-formed JSON");
    }

    [Fact]
    public async Task that_says_two_things_under_one_name()
    {
        await (await Post("Patient", """{"resourceType":"Patient","active":true,"active":false}""")).Refused(400, "occurs twice");
        await (await Post("Patient", """{"resourceType":"Patient","name":[{"family":"a","\u0066amily":"b"}]}""")).Refused(400, "escapes");
        await (await Post("Patient", "<Patient xmlns=\"http://hl7.org/fhir\"><active value=\"true\"/><active value=\"false\"/></Patient>", Xml)).Refused(400, "more than once");
    }

    [Theory]
    [InlineData("batch")]
    [InlineData("transaction")]
    public async Task of_more_than_five_thousand_entries(string type) =>
        await (await Post("", $$"""{"resourceType":"Bundle","type":"{{type}}","entry":[{{string.Join(',', Enumerable.Repeat("""{"resource":{"resourceType":"Basic","code":{"text":"a"}},"request":{"method":"POST","url":"Basic"}}""", 5001))}}]}""")).Refused(413, "at most 5000 entries");

    [Fact]
    public async Task of_five_thousand_entries_that_are_all_wrong() =>
        await (await Post("", $$"""{"resourceType":"Bundle","type":"transaction","entry":[{{string.Join(',', Enumerable.Repeat("""{"resource":{"resourceType":"Basic","colour":"red"},"request":{"method":"POST","url":"Basic"}}""", 5000))}}]}""")).Refused(422, "Bundle.entry[0]");

    [Fact]
    public async Task that_unpacks_to_a_gigabyte()
    {
        var block = new byte[1024 * 1024];
        Array.Fill(block, (byte)' ');
        var bomb = Hostile.Gzip(_ => block, 1024);
        Assert.InRange(bomb.Length, 1, FhirDoor.MaxResourceBytes);
        await (await house.Attack("POST", "Basic", Hostile.Body(bomb, encoding: "gzip"))).Refused(413, "larger than 2 MB");
        await (await house.Attack("POST", "", Hostile.Body(bomb, Xml, "gzip"))).Refused(413, "larger than 10 MB");
    }

    [Fact]
    public async Task of_a_hundred_thousand_contained_resources()
    {
        await (await Post("Patient", Contained(100_000, """{"resourceType":"Basic"}"""))).Refused(413, "larger than 2 MB");
        await (await Post("Patient", Contained(80_000, """{"resourceType":"X"}"""))).Refused(422, "contained");
        await (await Post("Patient", Contained(400_000, "{}"))).Refused(422, "contained");

        static string Contained(int count, string resource) => $$"""{"resourceType":"Patient","contained":[{{string.Join(',', Enumerable.Repeat(resource, count))}}]}""";
    }

    [Fact]
    public async Task of_a_hundred_thousand_members() =>
        await (await Post("Basic", "{\"resourceType\":\"Basic\"," + string.Join(',', Enumerable.Range(0, 120_000).Select(i => $"\"a{i}\":1")) + "}")).Refused(413, "100000 elements");

    [Fact]
    public async Task of_a_number_of_a_million_digits()
    {
        var digits = Times(1_000_000, "9");
        await (await Post("Observation", $$$"""{"resourceType":"Observation","status":"final","code":{"text":"a"},"valueQuantity":{"value":{{{digits}}}}}""")).Refused(400, "more than 1000 characters");
        await (await Post("Observation", $"<Observation xmlns=\"http://hl7.org/fhir\"><valueQuantity><value value=\"{digits}\"/></valueQuantity></Observation>", Xml)).Refused(400, "no decimal");
    }

    [Theory]
    [InlineData("""{"resourceType":"Basic","code":{"text":"a\u0000b"}}""")]
    [InlineData("""{"resourceType":"Basic","code":{"text":"a\ud800b"}}""")]
    [InlineData("""{"resourceType":"Basic","code":{"text":"a\udc00\ud800b"}}""")]
    [InlineData("{\"resourceType\":\"Basic\",\"code\":{\"text\":\"a\0b\"}}")]
    public async Task of_characters_that_are_none(string body)
    {
        var answer = await Post("Basic", body);
        Assert.InRange((int)answer.StatusCode, 400, 422);
        Assert.Contains("\"OperationOutcome\"", await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task of_bytes_that_are_no_UTF8() =>
        await (await house.Attack("POST", "Basic", Hostile.Body([.. Encoding.UTF8.GetBytes("{\"resourceType\":\"Basic\",\"code\":{\"text\":\""), 0xC0, 0xAE, .. Encoding.UTF8.GetBytes("\"}}")]))).Refused(400, "OperationOutcome");

    [Theory]
    [InlineData("<script>alert(1)</script>", "element 'script'")]
    [InlineData("<p onclick=\\\"alert(1)\\\">x</p>", "attribute 'onclick'")]
    [InlineData("<a href=\\\"java\\tscript:alert(1)\\\">x</a>", "address in 'href'")]
    [InlineData("<a href=\\\"data:text/html,x\\\">x</a>", "address in 'href'")]
    [InlineData("<p style=\\\"background:url(javascript:1)\\\">x</p>", "style")]
    [InlineData("<iframe src=\\\"http://x\\\"/>", "element 'iframe'")]
    [InlineData("<svg><script>1</script></svg>", "element 'svg'")]
    public async Task whose_narrative_runs_code(string html, string says) =>
        await (await Post("Basic", "{\"resourceType\":\"Basic\",\"text\":{\"status\":\"generated\",\"div\":\"<div xmlns=\\\"http://www.w3.org/1999/xhtml\\\">" + html + "</div>\"},\"code\":{\"text\":\"a\"}}")).Refused(422, says);

    [Fact]
    public async Task whose_narrative_declares_a_document_type() =>
        await (await Post("Basic", """{"resourceType":"Basic","text":{"status":"generated","div":"<!DOCTYPE div [<!ENTITY a \"b\">]><div xmlns=\"http://www.w3.org/1999/xhtml\">&a;</div>"},"code":{"text":"a"}}""")).Refused(422, "narrative");

    [Fact]
    public async Task of_a_patch_whose_copies_double()
    {
        var id = (await house.AsHospital.Send("POST", "Basic", """{"resourceType":"Basic","code":{"text":"a"}}""")).IdOf();
        var copies = string.Join(',', Enumerable.Range(0, 900).Select(i => $$"""{"op":"copy","from":"","path":"/c{{i}}"}"""));
        await (await house.Attack("PATCH", $"Basic/{id}", Hostile.Body($"[{copies}]", "application/json-patch+json"))).Refused(422, "copies more than");
        await (await house.Attack("PATCH", $"Basic/{id}", Hostile.Body(Bundles.Replace("Basic" + Times(60, ".where(code.text='((a+)+)+$')"), "b")))).Refused(422, "path");
    }

    private Task<HttpResponseMessage> Post(string path, string body, string media = "application/fhir+json") => house.Attack("POST", path, Hostile.Body(body, media));

    private static string Times(int count, string text) => new StringBuilder(count * text.Length).Insert(0, text, count).ToString();
}
