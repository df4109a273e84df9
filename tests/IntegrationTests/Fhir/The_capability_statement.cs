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
}
