using System.Net;
using System.Text.Json.Nodes;

namespace Health.IntegrationTests.Fhir;

/// <summary>http://hl7.org/fhir/R4/http.html#trules beyond what A_transaction pins.</summary>
[Collection<FhirCollection>]
public sealed class The_rules_of_bundles(FhirHouse house)
{
    private readonly string id = "b-" + Guid.NewGuid().ToString("N");

    [Fact]
    public async Task a_transaction_deletes_then_creates_then_updates_and_patches_then_reads_in_the_order_of_the_answer()
    {
        await house.AsHospital.Send("PUT", $"Basic/{id}-old", Bundles.Basic(id + "-old", "old"));
        await house.AsHospital.Send("PUT", $"Basic/{id}-p", Bundles.Basic(id + "-p", "before"));
        var answer = await Post("transaction",
            Bundles.Entry("GET", $"Basic/{id}-p"),
            Bundles.Entry("PATCH", $"Basic/{id}-p", Bundles.Replace("Basic.code.text", "after")),
            Bundles.Entry("PUT", $"Basic/{id}", Bundles.Basic(id, "put")),
            Bundles.Entry("POST", "Basic", """{"resourceType":"Basic","code":{"text":"post"}}"""),
            Bundles.Entry("DELETE", $"Basic/{id}-old"),
            Bundles.Entry("HEAD", $"Basic/{id}"),
            Bundles.Entry("GET", $"Basic/{id}-old"));
        Assert.Equal(["200", "200", "201", "201", "204", "200", "410"], answer.Statuses());
        Assert.Equal("after", (string)answer["entry"]![0]!["resource"]!["code"]!["text"]!);
        Assert.Null(answer["entry"]![5]!["resource"]);
        Assert.Equal("W/\"1\"", (string)answer["entry"]![5]!["response"]!["etag"]!);
        Assert.Null(answer["entry"]![2]!["resource"]);
    }

    [Fact]
    public async Task bodies_come_back_as_Prefer_asks()
    {
        JsonNode[] entries = [Bundles.Entry("PUT", $"Basic/{id}", Bundles.Basic(id, "a"))];
        var representation = await Post("transaction", entries, "return=representation");
        Assert.Equal(id, (string)representation["entry"]![0]!["resource"]!["id"]!);
        var outcome = await Post("transaction", [Bundles.Entry("PUT", $"Basic/{id}", Bundles.Basic(id, "b"))], "return=OperationOutcome");
        Assert.Equal(("OperationOutcome", null), ((string)outcome["entry"]![0]!["response"]!["outcome"]!["resourceType"]!, outcome["entry"]![0]!["resource"]));
        var minimal = await Post("batch", [Bundles.Entry("PUT", $"Basic/{id}", Bundles.Basic(id, "c"))], "return=minimal");
        Assert.Equal(("200", null, $"/Basic/{id}/_history/3"), (minimal.Statuses()[0], minimal["entry"]![0]!["resource"], "/" + string.Join('/', ((string)minimal["entry"]![0]!["response"]!["location"]!).Split('/')[^4..])));
    }

    [Fact]
    public async Task a_patch_travels_as_Parameters_or_as_a_Binary_of_JSON_patch()
    {
        await house.AsHospital.Send("PUT", $"Basic/{id}", Bundles.Basic(id, "a"));
        var jsonPatch = System.Convert.ToBase64String("""[{"op":"add","path":"/language","value":"zh"}]"""u8);
        var answer = await Post("batch",
            Bundles.Entry("PATCH", $"Basic/{id}", Bundles.Replace("Basic.code.text", "b")),
            Bundles.Entry("PATCH", $"Basic/{id}", $$$"""{"resourceType":"Binary","contentType":"application/json-patch+json","data":"{{{jsonPatch}}}"}"""),
            Bundles.Entry("PATCH", $"Basic/{id}", Bundles.Replace("Basic.colour", "b")),
            Bundles.Entry("PATCH", $"Basic/{id}", Bundles.Replace("Basic.code.text", "c"), null, ("ifMatch", "W/\"1\"")),
            Bundles.Entry("PATCH", $"Basic?_id={id}&code=none", Bundles.Replace("Basic.code.text", "d")));
        Assert.Equal(["200", "200", "422", "412", "404"], answer.Statuses());
        var read = await (await house.AsHospital.Send("GET", $"Basic/{id}")).Body();
        Assert.Equal(("b", "zh", "3"), ((string)read["code"]!["text"]!, (string)read["language"]!, (string)read["meta"]!["versionId"]!));
    }

    [Fact]
    public async Task a_batch_answers_each_entry_whatever_is_wrong_with_it_and_where()
    {
        await house.AsHospital.Send("PUT", $"Basic/{id}", Bundles.Basic(id, "a"));
        var answer = await Post("batch",
            Bundles.Entry("GET", $"Basic/{id}", null, null, ("ifNoneMatch", "W/\"1\"")),
            Bundles.Entry("GET", $"Basic?_id={id}"),
            Bundles.Entry("GET", $"Basic/{id}/_history"),
            Bundles.Entry("GET", $"Basic/{id}/_history/1"),
            Bundles.Entry("GET", $"Basic/{id}/_history/7"),
            new JsonObject { ["resource"] = new JsonObject { ["resourceType"] = "Basic" } },
            Bundles.Entry("GET", "Basik/1"),
            Bundles.Entry("BREW", "Basic/1"),
            Bundles.Entry("POST", $"Basic/{id}", Bundles.Basic(id, "a")),
            Bundles.Entry("GET", "http://elsewhere/fhir/Basic/1"),
            Bundles.Entry("POST", "", """{"resourceType":"Bundle","type":"batch"}"""),
            JsonValue.Create(1),
            Bundles.Entry("PUT", $"Basic/{id}", Bundles.Basic(id, "b"), null, ("ifMatch", "W/\"9\"")),
            Bundles.Entry("PUT", $"Basic/{id}", Bundles.Basic(id, "b"), null, ("ifMatch", "nine")),
            Bundles.Entry("DELETE", $"Basic?_id={id}"));
        Assert.Equal(["304", "200", "200", "200", "404", "400", "404", "400", "405", "400", "400", "400", "412", "400", "204"], answer.Statuses());
        Assert.Equal("searchset", (string)answer["entry"]![1]!["resource"]!["type"]!);
        Assert.Equal("history", (string)answer["entry"]![2]!["resource"]!["type"]!);
        Assert.Equal("Bundle.entry[5].request", (string)answer["entry"]![5]!["response"]!["outcome"]!["issue"]![0]!["expression"]![0]!);
        Assert.Equal("Bundle.entry[6].request.url", (string)answer["entry"]![6]!["response"]!["outcome"]!["issue"]![0]!["expression"]![0]!);
        Assert.All(answer["entry"]!.AsArray().Where(entry => int.Parse((string)entry!["response"]!["status"]!) >= 400), entry => Assert.NotNull(entry!["response"]!["outcome"]!["issue"]![0]!["diagnostics"]));
    }

    [Fact]
    public async Task a_transaction_takes_absolute_addresses_of_this_server_and_keeps_versioned_references()
    {
        var root = house.Host.Http.BaseAddress!.ToString().TrimEnd('/') + "/fhir";
        await house.AsHospital.Send("PUT", $"Organization/{id}", $$$"""{"resourceType":"Organization","id":"{{{id}}}","name":"a"}""");
        var answer = await Post("transaction",
            Bundles.Entry("PUT", $"{root}/Organization/{id}-2", $$$"""{"resourceType":"Organization","id":"{{{id}}}-2","name":"a","partOf":{"reference":"Organization/{{{id}}}/_history/1"}}""", $"{root}/Organization/{id}-2"),
            Bundles.Entry("POST", "Location", $$$"""{"resourceType":"Location","managingOrganization":{"reference":"{{{root}}}/Organization/{{{id}}}-2"}}"""));
        Assert.Equal(["201", "201"], answer.Statuses());
        Assert.Equal($"Organization/{id}/_history/1", (string)(await (await house.AsHospital.Send("GET", $"Organization/{id}-2")).Body())["partOf"]!["reference"]!);
        var location = new Uri((string)answer["entry"]![1]!["response"]!["location"]!).AbsolutePath["/fhir/".Length..];
        Assert.EndsWith($"Organization/{id}-2", (string)(await (await house.AsHospital.Send("GET", location)).Body())["managingOrganization"]!["reference"]!);
    }

    [Fact]
    public async Task two_entries_that_end_at_one_resource_are_refused_whole()
    {
        string Organization(string name) => $$$"""{"resourceType":"Organization","identifier":[{"system":"urn:test:org","value":"{{{id}}}"}],"name":"{{{name}}}"}""";
        await house.AsHospital.Send("POST", "Organization", Organization("a"));
        var answer = await house.AsHospital.Send("POST", "", Bundles.Of("transaction",
            Bundles.Entry("PUT", $"Organization?identifier=urn:test:org|{id}", Organization("b")),
            Bundles.Entry("PUT", $"Organization?identifier=urn:test:org|{id}&name=a", Organization("c"))));
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains("written twice in one transaction", await answer.Content.ReadAsStringAsync());
    }

    private Task<JsonNode> Post(string type, params JsonNode[] entries) => Post(type, entries, null);

    private async Task<JsonNode> Post(string type, JsonNode[] entries, string? prefer)
    {
        var answer = prefer is null ? await house.AsHospital.Send("POST", "", Bundles.Of(type, entries)) : await house.AsHospital.Send("POST", "", Bundles.Of(type, entries), ("Prefer", prefer));
        Assert.True(answer.StatusCode == HttpStatusCode.OK, await answer.Content.ReadAsStringAsync());
        return await answer.Body();
    }
}
