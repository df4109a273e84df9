namespace Health.IntegrationTests.Fhir;

[Collection<FhirCollection>]
public sealed class The_capability_statement(FhirHouse house)
{
    [Fact]
    public async Task is_open_to_all_and_names_what_is_mapped()
    {
        var statement = System.Text.Json.Nodes.JsonNode.Parse(await house.Host.Http.GetStringAsync("/fhir/metadata"))!;
        Assert.Equal(("CapabilityStatement", "4.0.1"), ((string)statement["resourceType"]!, (string)statement["fhirVersion"]!));
        var patient = statement["rest"]![0]!["resource"]!.AsArray().Single(resource => (string)resource!["type"]! == "Patient")!;
        var codes = patient["interaction"]!.AsArray().Select(interaction => (string)interaction!["code"]!).ToList();
        foreach (var code in new[] { "create", "read", "vread", "update", "patch", "delete", "history-instance", "history-type", "search-type" }) Assert.Contains(code, codes);
        var system = statement["rest"]![0]!["interaction"]!.AsArray().Select(interaction => (string)interaction!["code"]!).ToList();
        foreach (var code in new[] { "transaction", "batch", "history-system" }) Assert.Contains(code, system);
    }

    [Fact]
    public async Task lists_the_operations_at_their_levels()
    {
        var rest = System.Text.Json.Nodes.JsonNode.Parse(await house.Host.Http.GetStringAsync("/fhir/metadata"))!["rest"]![0]!;
        List<string> Of(System.Text.Json.Nodes.JsonNode at) => at["operation"]?.AsArray().Select(operation => (string)operation!["name"]!).ToList() ?? [];
        System.Text.Json.Nodes.JsonNode Type(string name) => rest["resource"]!.AsArray().Single(resource => (string)resource!["type"]! == name)!;
        foreach (var name in new[] { "export", "import" }) Assert.Contains(name, Of(rest));
        foreach (var name in new[] { "everything", "export", "summary", "diff", "meta", "meta-add", "meta-delete" }) Assert.Contains(name, Of(Type("Patient")));
        foreach (var name in new[] { "status", "events", "get-ws-binding-token", "topic-list" }) Assert.Contains(name, Of(Type("Subscription")));
        Assert.Contains("lastn", Of(Type("Observation")));
        Assert.Contains("document", Of(Type("Composition")));
        Assert.DoesNotContain("lastn", Of(Type("Patient")));
        // No broker runs here, so nobody could erase.
        Assert.DoesNotContain("purge", Of(Type("Patient")));
    }
}
