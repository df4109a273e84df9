using System.Text.Json.Nodes;

namespace Health.IntegrationTests.Fhir;

/// <summary>Bundles a client sends, entry by entry.</summary>
internal static class Bundles
{
    public static JsonObject Entry(string method, string url, string? resource = null, string? fullUrl = null, params (string Name, string Value)[] conditions)
    {
        var request = new JsonObject { ["method"] = method, ["url"] = url };
        foreach (var (name, value) in conditions) request[name] = value;
        var entry = new JsonObject { ["request"] = request };
        if (fullUrl is not null) entry["fullUrl"] = fullUrl;
        if (resource is not null) entry["resource"] = JsonNode.Parse(resource);
        return entry;
    }

    public static string Of(string type, params JsonNode[] entries) => new JsonObject { ["resourceType"] = "Bundle", ["type"] = type, ["entry"] = new JsonArray(entries) }.ToJsonString();

    public static IReadOnlyList<string> Statuses(this JsonNode bundle) => [.. bundle["entry"]!.AsArray().Select(entry => (string)entry!["response"]!["status"]!)];

    public static string Basic(string id, string text) => $$$"""{"resourceType":"Basic","id":"{{{id}}}","code":{"text":"{{{text}}}"}}""";

    public static string Replace(string path, string value) =>
        $$$"""{"resourceType":"Parameters","parameter":[{"name":"operation","part":[{"name":"type","valueCode":"replace"},{"name":"path","valueString":"{{{path}}}"},{"name":"value","valueString":"{{{value}}}"}]}]}""";
}
