using System.Text.Json.Nodes;

namespace Health.IntegrationTests.Conformance.Proof;

/// <summary>How an operation is asked, and what its answer is: the resource type, or an empty one where 202 alone is the answer.</summary>
internal sealed record OperationProof(string Method, string Path, string? Body, string Answer, int Status = 200);

/// <summary>An argument for each operation; one the statement lists and that is not here fails the test.</summary>
internal static class OperationProofs
{
    private const string Gender = "http://hl7.org/fhir/administrative-gender", Divisions = "https://fhir.mianyang.example/CodeSystem/mianyang-division";

    private static string Meta(string code) => $$$"""{"resourceType":"Parameters","parameter":[{"name":"meta","valueMeta":{"tag":[{"system":"http://proof.example","code":"{{{code}}}"}]}}]}""";

    /// <param name="type">null for the whole system.</param>
    /// <param name="id">A stored instance of the type.</param>
    /// <param name="instance">That instance.</param>
    public static IReadOnlyList<OperationProof>? Of(string? type, string name, string id, JsonObject instance) => (type, name) switch
    {
        (null, "export") => [new("GET", "$export?_type=Basic", null, "", 202)],
        (null, "import") => [new("POST", "$import", """{"resourceType":"Basic","id":"imported","code":{"text":"x"}}""", "", 202)],
        ("Patient", "export") => [new("GET", "Patient/$export?_type=Patient", null, "", 202)],
        ("Group", "export") => [new("GET", $"Group/{id}/$export", null, "", 202)],
        ("Patient", "everything") => [new("GET", $"Patient/{id}/$everything", null, "Bundle")],
        ("Patient", "summary") => [new("GET", $"Patient/{id}/$summary", null, "Bundle")],
        ("Patient", "purge") => [new("POST", "Patient/to-purge/$purge", """{"resourceType":"Parameters","parameter":[{"name":"ground","valueCode":"test-data"}]}""", "OperationOutcome")],
        ("Observation", "lastn") => [new("GET", "Observation/$lastn?patient=Patient/nobody", null, "Bundle")],
        ("Composition", "document") => [new("GET", $"Composition/{id}/$document", null, "Bundle")],
        ("Subscription", "status") => [new("GET", $"Subscription/{id}/$status", null, "Bundle"), new("GET", "Subscription/$status", null, "Bundle")],
        ("Subscription", "events") => [new("GET", $"Subscription/{id}/$events", null, "Bundle")],
        ("Subscription", "get-ws-binding-token") => [new("GET", $"Subscription/{id}/$get-ws-binding-token", null, "Parameters")],
        ("Subscription", "topic-list") => [new("GET", "Subscription/$topic-list", null, "Parameters")],
        ("SearchParameter", "status") => [new("GET", "SearchParameter/$status", null, "Parameters")],
        ("CodeSystem", "lookup") => [new("GET", $"CodeSystem/$lookup?system={Gender}&code=male", null, "Parameters")],
        ("CodeSystem", "validate-code") => [new("GET", $"CodeSystem/$validate-code?url={Gender}&code=male", null, "Parameters")],
        ("CodeSystem", "subsumes") => [new("GET", $"CodeSystem/$subsumes?system={Divisions}&codeA=510700&codeB=510722", null, "Parameters")],
        ("ValueSet", "expand") => [new("GET", "ValueSet/$expand?url=http://hl7.org/fhir/ValueSet/administrative-gender", null, "ValueSet")],
        ("ValueSet", "validate-code") => [new("GET", $"ValueSet/$validate-code?url=http://hl7.org/fhir/ValueSet/administrative-gender&system={Gender}&code=male", null, "Parameters")],
        ("ConceptMap", "translate") => [new("GET", "ConceptMap/sex-to-gender/$translate?system=urn:oid:2.16.156.10011.2.3.3.4&code=1", null, "Parameters")],
        ({ }, "meta") => [new("GET", $"{type}/{id}/$meta", null, "Parameters"), new("GET", $"{type}/{id}/_history/1/$meta", null, "Parameters")],
        ({ }, "meta-add") => [new("POST", $"{type}/{id}/$meta-add", Meta("added"), "Parameters")],
        ({ }, "meta-delete") => [new("POST", $"{type}/{id}/$meta-delete", Meta("absent"), "Parameters")],
        ({ }, "diff") => [new("GET", $"{type}/{id}/$diff?_fromVersion=1", null, "Parameters")],
        ({ }, "validate") => [new("POST", $"{type}/$validate", instance.ToJsonString(), "OperationOutcome"), new("GET", $"{type}/{id}/$validate", null, "OperationOutcome")],
        _ => null,
    };
}
