using System.Net;
using System.Text.Json.Nodes;

namespace Health.IntegrationTests.Fhir;

[Collection<FhirCollection>]
public sealed class A_transaction(FhirHouse house)
{
    [Fact]
    public async Task resolves_references_in_a_circle_and_to_entries_that_come_later()
    {
        var (a, b, p) = (Urn(), Urn(), Urn());
        var answer = await Post("transaction",
            Entry("POST", "Encounter", $$$"""{"resourceType":"Encounter","status":"finished","class":{"code":"AMB"},"subject":{"reference":"{{{p}}}"},"partOf":{"reference":"{{{b}}}"}}""", a),
            Entry("POST", "Encounter", $$$"""{"resourceType":"Encounter","status":"finished","class":{"code":"AMB"},"subject":{"reference":"{{{p}}}"},"partOf":{"reference":"{{{a}}}"}}""", b),
            Entry("POST", "Patient", """{"resourceType":"Patient","active":true}""", p));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var bundle = await answer.Body();
        Assert.Equal("transaction-response", (string)bundle["type"]!);
        var ids = bundle["entry"]!.AsArray().Select(entry => new Uri((string)entry!["response"]!["location"]!).AbsolutePath.Split('/')[3]).ToList();
        Assert.All(bundle["entry"]!.AsArray(), entry => Assert.Equal(("201", "W/\"1\""), ((string)entry!["response"]!["status"]!, (string)entry["response"]!["etag"]!)));
        var first = await (await house.AsHospital.Send("GET", $"Encounter/{ids[0]}")).Body();
        Assert.Equal(($"Patient/{ids[2]}", $"Encounter/{ids[1]}"), ((string)first["subject"]!["reference"]!, (string)first["partOf"]!["reference"]!));
        var second = await (await house.AsHospital.Send("GET", $"Encounter/{ids[1]}")).Body();
        Assert.Equal($"Encounter/{ids[0]}", (string)second["partOf"]!["reference"]!);
        Assert.Equal(1, await house.Count($"select count(distinct resident) from fhir.resource where id in ('{ids[0]}', '{ids[1]}', '{ids[2]}') and resident = 'r-{ids[2]}'"));
    }

    [Fact]
    public async Task writes_nothing_when_one_entry_is_refused_and_names_the_entry()
    {
        var id = Guid.NewGuid().ToString("N");
        var answer = await Post("transaction",
            Entry("PUT", $"Basic/{id}", $$$"""{"resourceType":"Basic","id":"{{{id}}}","code":{"text":"a"}}"""),
            Entry("PUT", $"Basic/{id}-b", $$$"""{"resourceType":"Basic","id":"{{{id}}}-b","code":{"text":"a"}}""", ifMatch: "W/\"7\""));
        Assert.Equal(HttpStatusCode.PreconditionFailed, answer.StatusCode);
        Assert.StartsWith("Bundle.entry[1]", (string)(await answer.Body())["issue"]![0]!["expression"]![0]!);
        Assert.Equal(HttpStatusCode.NotFound, (await house.AsHospital.Send("GET", $"Basic/{id}")).StatusCode);

        var invalid = await Post("transaction", Entry("POST", "Basic", """{"resourceType":"Basic","code":{"text":"a"}}"""), Entry("POST", "Patient", """{"resourceType":"Patient","gender":"unsure"}"""));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, invalid.StatusCode);
        Assert.Equal("Bundle.entry[1].resource.gender", (string)(await invalid.Body())["issue"]![0]!["expression"]![0]!);
    }

    [Fact]
    public async Task uses_what_exists_for_conditional_creates_and_conditional_references()
    {
        var number = Guid.NewGuid().ToString("N");
        var organization = $$$"""{"resourceType":"Organization","identifier":[{"system":"urn:test:org","value":"{{{number}}}"}],"name":"a"}""";
        var id = (await house.AsHospital.Send("POST", "Organization", organization)).IdOf();
        var o = Urn();
        var answer = await Post("transaction",
            Entry("POST", "Organization", organization, o, ifNoneExist: $"identifier=urn:test:org|{number}"),
            Entry("POST", "Location", $$$"""{"resourceType":"Location","managingOrganization":{"reference":"{{{o}}}"}}""", Urn()),
            Entry("POST", "Location", $$$"""{"resourceType":"Location","managingOrganization":{"reference":"Organization?identifier=urn:test:org|{{{number}}}"}}""", Urn()));
        var entries = (await answer.Body())["entry"]!.AsArray();
        Assert.Equal(["200", "201", "201"], entries.Select(entry => (string)entry!["response"]!["status"]!));
        foreach (var entry in entries.Skip(1))
        {
            var location = await (await house.AsHospital.Send("GET", new Uri((string)entry!["response"]!["location"]!).AbsolutePath["/fhir/".Length..])).Body();
            Assert.Equal($"Organization/{id}", (string)location["managingOrganization"]!["reference"]!);
        }

        var nothing = await Post("transaction", Entry("POST", "Location", """{"resourceType":"Location","managingOrganization":{"reference":"Organization?identifier=urn:test:org|none"}}""", Urn()));
        Assert.Equal(HttpStatusCode.PreconditionFailed, nothing.StatusCode);
    }

    [Fact]
    public async Task of_a_thousand_entries_is_one_commit()
    {
        var patient = Urn();
        var entries = Enumerable.Range(0, 1000).Select(i => Entry("POST", "Observation",
            $$$"""{"resourceType":"Observation","status":"final","code":{"text":"{{{i}}}"},"subject":{"reference":"{{{patient}}}"}}""", Urn())).Append(Entry("POST", "Patient", """{"resourceType":"Patient","active":true}""", patient)).ToArray();
        var bundle = await (await Post("transaction", entries)).Body();
        Assert.Equal(1001, bundle["entry"]!.AsArray().Count);
        var times = bundle["entry"]!.AsArray().Select(entry => (string)entry!["response"]!["lastModified"]!).Distinct();
        Assert.Single(times);
    }

    [Fact]
    public async Task of_two_thousand_entries_keeps_circles_conditional_references_and_expected_versions_together()
    {
        var run = Guid.NewGuid().ToString("N");
        var organization = (await house.AsHospital.Send("POST", "Organization", $$$"""{"resourceType":"Organization","identifier":[{"system":"urn:test:org","value":"{{{run}}}"}],"name":"a"}""")).IdOf();
        await house.AsHospital.Send("PUT", $"Basic/{run}", $$$"""{"resourceType":"Basic","id":"{{{run}}}","code":{"text":"before"}}""");
        JsonNode[] Entries(string ifMatch)
        {
            var urns = Enumerable.Range(0, 1998).Select(_ => Urn()).ToArray();
            // Each refers to the one before it, the first to the last, every tenth to the organization by a search.
            var locations = urns.Select((urn, i) => Entry("POST", "Location",
                $$$"""{"resourceType":"Location","partOf":{"reference":"{{{urns[(i + urns.Length - 1) % urns.Length]}}}"}{{{(i % 10 == 0 ? $$""","managingOrganization":{"reference":"Organization?identifier=urn:test:org|{{run}}"}""" : "")}}}}""", urn));
            return [.. locations, Entry("POST", "Basic", $$$"""{"resourceType":"Basic","code":{"text":"b"},"extension":[{"url":"urn:a","valueReference":{"reference":"{{{urns[7]}}}"}}]}""", Urn()),
                Entry("PUT", $"Basic/{run}", $$$"""{"resourceType":"Basic","id":"{{{run}}}","code":{"text":"after"}}""", ifMatch: ifMatch)];
        }

        var before = await house.Count("select count(*) from fhir.resource");
        var refused = await Post("transaction", Entries("W/\"9\""));
        Assert.Equal(HttpStatusCode.PreconditionFailed, refused.StatusCode);
        Assert.StartsWith("Bundle.entry[1999]", (string)(await refused.Body())["issue"]![0]!["expression"]![0]!);
        Assert.Equal(before, await house.Count("select count(*) from fhir.resource"));

        var answer = (await (await Post("transaction", Entries("W/\"1\""))).Body())["entry"]!.AsArray();
        var ids = answer.Take(1998).Select(entry => new Uri((string)entry!["response"]!["location"]!).AbsolutePath.Split('/')[3]).ToList();
        Assert.Equal(1998, ids.Distinct().Count());
        Assert.Equal("W/\"2\"", (string)answer[1999]!["response"]!["etag"]!);
        foreach (var i in (int[])[0, 10, 1001, 1997])
        {
            var location = await (await house.AsHospital.Send("GET", $"Location/{ids[i]}")).Body();
            Assert.Equal($"Location/{ids[(i + 1997) % 1998]}", (string)location["partOf"]!["reference"]!);
            Assert.Equal(i % 10 == 0 ? $"Organization/{organization}" : null, (string?)location["managingOrganization"]?["reference"]);
        }

        // What was prepared before the turn and what was resolved within it are both found.
        Assert.Equal(200, (int)(await (await house.AsHospital.Send("GET", $"Location?organization=Organization/{organization}&_summary=count")).Body())["total"]!);
        Assert.Equal(1, (int)(await (await house.AsHospital.Send("GET", $"Location?partof=Location/{ids[55]}&_summary=count")).Body())["total"]!);
    }

    [Fact]
    public async Task refuses_a_resource_twice_a_foreign_address_and_a_method_it_does_not_carry_out()
    {
        var twice = Entry("PUT", "Basic/twice", """{"resourceType":"Basic","id":"twice","code":{"text":"a"}}""");
        Assert.Equal(HttpStatusCode.BadRequest, (await Post("transaction", twice, twice.DeepClone())).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await Post("transaction", Entry("POST", "http://elsewhere/fhir/a/b/c", "{}"))).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await Post("transaction", Entry("TRACE", "Basic/a", "{}"))).StatusCode);
    }

    [Fact]
    public async Task that_is_a_batch_answers_each_entry_alone()
    {
        var answer = await Post("batch",
            Entry("POST", "Basic", """{"resourceType":"Basic","code":{"text":"a"}}"""),
            Entry("POST", "Patient", """{"resourceType":"Patient","gender":"unsure"}"""),
            Entry("GET", "Basic/none", null),
            Entry("DELETE", "Basic/none", null));
        var bundle = await answer.Body();
        Assert.Equal("batch-response", (string)bundle["type"]!);
        Assert.Equal(["201", "422", "404", "204"], bundle["entry"]!.AsArray().Select(entry => (string)entry!["response"]!["status"]!));
        Assert.Equal("Patient.gender", (string)bundle["entry"]![1]!["response"]!["outcome"]!["issue"]![0]!["expression"]![0]!);
    }

    private static string Urn() => $"urn:uuid:{Guid.NewGuid()}";

    private static JsonObject Entry(string method, string url, string? resource, string? fullUrl = null, string? ifMatch = null, string? ifNoneExist = null)
    {
        var request = new JsonObject { ["method"] = method, ["url"] = url };
        if (ifMatch is not null) request["ifMatch"] = ifMatch;
        if (ifNoneExist is not null) request["ifNoneExist"] = ifNoneExist;
        var entry = new JsonObject { ["request"] = request };
        if (fullUrl is not null) entry["fullUrl"] = fullUrl;
        if (resource is not null) entry["resource"] = JsonNode.Parse(resource);
        return entry;
    }

    private Task<HttpResponseMessage> Post(string type, params JsonNode[] entries) =>
        house.AsHospital.Send("POST", "", new JsonObject { ["resourceType"] = "Bundle", ["type"] = type, ["entry"] = new JsonArray(entries) }.ToJsonString());
}
