using System.Collections.Concurrent;
using System.Text;
using System.Text.Json.Nodes;
using Health.Fhir.Wire.Xml;
using Health.IntegrationTests.Conformance.Proof;
using Health.IntegrationTests.Platform;
using Health.UnitTests.Wire;

namespace Health.IntegrationTests.Examples;

/// <summary>Every official example is stored through REST and read back in JSON and in XML, except those listed, each with what is said of it (docs/fhir.md).</summary>
public sealed class The_official_examples_over_REST(Database database)
{
    private const int PerBundle = 100, BytesPerBundle = 1_000_000, AtOnce = 3;

    /// <summary>What changes how later resources are judged is stored last.</summary>
    private static readonly HashSet<string> Definitions = ["StructureDefinition", "ValueSet", "CodeSystem", "ConceptMap", "SearchParameter", "NamingSystem", "OperationDefinition"];

    /// <summary>Examples that are valid and not stored: type or file → a part of what the server answers.</summary>
    private static readonly Dictionary<string, string> NotStored = new()
    {
        ["AuditEvent"] = "written by the platform alone",
        ["Subscription-example.json"] = "Subscription.channel.endpoint",
        ["Subscription-example-error.json"] = "Subscription.channel.endpoint",
        // The example whose id is too long has no address.
        ["SearchParameter-questionnaireresponse-extensions-QuestionnaireResponse-item-subject.json"] = "none of this server",
    };

    private sealed record Example(string File, string Type, string? Id, byte[] Json);

    [Fact]
    public async Task come_back_in_JSON_and_in_XML_as_they_were_sent()
    {
        Assert.SkipWhen(SharedExamples.Official is null, SharedExamples.Missing);
        var house = new StatementHost(database);
        await house.InitializeAsync();
        await using var running = house;
        var surprises = new ConcurrentBag<string>();
        var (stored, refused) = (0, 0);
        foreach (var stage in Examples().ToLookup(example => Definitions.Contains(example.Type)).OrderBy(stage => stage.Key))
            await Parallel.ForEachAsync(Bundles(stage), new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (bundle, _) => await StoreAndCompare(bundle));

        Assert.True(surprises.IsEmpty, $"{stored} stored, {refused} refused as listed; {surprises.Count} surprises:\n{string.Join('\n', surprises.Order(StringComparer.Ordinal).Take(120))}");
        Assert.True(stored > 5200, $"only {stored} stored");

        async Task StoreAndCompare(List<Example> bundle)
        {
            var answers = (await house.Send("POST", "", Batch(bundle.Select(Write)), "application/fhir+json")).Json["entry"]!.AsArray();
            List<(Example Sent, string Address)> there = [];
            for (var i = 0; i < bundle.Count; i++)
            {
                var response = answers[i]!["response"]!;
                if (((string)response["status"]!)[0] == '2')
                {
                    there.Add((bundle[i], ((string)response["location"]!)[house.Base.ToString().Length..].Split("/_history")[0]));
                    if (IsListed(bundle[i])) surprises.Add($"{bundle[i].File} is stored and listed as refused");
                }
                else if (IsRefusedAsListed(bundle[i], response["outcome"]!.ToJsonString())) Interlocked.Increment(ref refused);
                else surprises.Add($"{bundle[i].File}: {response["status"]} {response["outcome"]!["issue"]![0]!.ToJsonString()}");
            }

            Interlocked.Add(ref stored, there.Count);
            if (there.Count > 0) await Compare(house, there, surprises);
        }
    }

    private static async Task Compare(StatementHost house, List<(Example Sent, string Address)> there, ConcurrentBag<string> surprises)
    {
        var read = Batch(there.Select(one => (JsonNode)new JsonObject { ["request"] = new JsonObject { ["method"] = "GET", ["url"] = one.Address } }));
        var json = Encoding.UTF8.GetBytes((await house.Send("POST", "", read, "application/fhir+json")).Text);
        var inXml = await house.Send("POST", "", read, "application/fhir+json", ("Accept", "application/fhir+xml"));
        Assert.StartsWith("<", inXml.Text, StringComparison.Ordinal);
        var (xml, refusal) = XmlToJson.Convert(Encoding.UTF8.GetBytes(inXml.Text));
        Assert.Null(refusal);
        foreach (var (form, bytes) in new[] { ("JSON", json), ("XML", xml) })
        {
            var entries = JsonNode.Parse(bytes)!["entry"]!.AsArray();
            for (var i = 0; i < there.Count; i++)
                if (entries[i]!["resource"] is not JsonObject back) surprises.Add($"{there[i].Sent.File} in {form}: {entries[i]!["response"]!.ToJsonString()}");
                else if (SameJson.Difference(Essence(JsonNode.Parse(there[i].Sent.Json)!.AsObject(), there[i].Sent.Id is null), Essence(back, there[i].Sent.Id is null)) is { } difference) surprises.Add($"{there[i].Sent.File} in {form}: {difference}");
        }
    }

    /// <summary>Without what the server sets: version and time of the version, and the id where the example has none.</summary>
    private static byte[] Essence(JsonObject resource, bool isIdOurs)
    {
        if (isIdOurs) resource.Remove("id");
        if (resource["meta"] is JsonObject meta)
        {
            meta.Remove("versionId");
            meta.Remove("lastUpdated");
            if (meta.Count == 0) resource.Remove("meta");
        }

        return Encoding.UTF8.GetBytes(resource.ToJsonString());
    }

    private static bool IsListed(Example example) => The_official_examples.Refused.ContainsKey(example.File) || NotStored.ContainsKey(example.File) || NotStored.ContainsKey(example.Type);

    private static bool IsRefusedAsListed(Example example, string outcome) =>
        (NotStored.TryGetValue(example.File, out var said) || NotStored.TryGetValue(example.Type, out said) || The_official_examples.Refused.TryGetValue(example.File, out said)) && outcome.Contains(said, StringComparison.Ordinal);

    private static JsonNode Write(Example example) => new JsonObject
    {
        ["resource"] = JsonNode.Parse(example.Json),
        ["request"] = new JsonObject { ["method"] = example.Id is null ? "POST" : "PUT", ["url"] = example.Id is null ? example.Type : $"{example.Type}/{example.Id}" },
    };

    private static string Batch(IEnumerable<JsonNode> entries) => new JsonObject { ["resourceType"] = "Bundle", ["type"] = "batch", ["entry"] = new JsonArray([.. entries]) }.ToJsonString();

    /// <summary>Bundles in which no resource is written twice.</summary>
    private static IEnumerable<List<Example>> Bundles(IEnumerable<Example> examples)
    {
        var (waiting, bytes, names) = (new List<Example>(), 0, new HashSet<string>());
        foreach (var example in examples.OrderBy(example => example.File, StringComparer.Ordinal))
        {
            if (waiting.Count > 0 && (waiting.Count == PerBundle || bytes + example.Json.Length > BytesPerBundle || names.Contains($"{example.Type}/{example.Id}")))
            {
                yield return waiting;
                (waiting, bytes, names) = ([], 0, []);
            }

            waiting.Add(example);
            bytes += example.Json.Length;
            if (example.Id is not null) names.Add($"{example.Type}/{example.Id}");
        }

        yield return waiting;
    }

    private static IEnumerable<Example> Examples()
    {
        foreach (var file in Directory.GetFiles(SharedExamples.Official!, "*.json", SearchOption.AllDirectories).Where(file => Path.GetFileName(file) != "package.json"))
        {
            var json = SharedExamples.Read(file);
            var node = JsonNode.Parse(json)!;
            yield return new Example(Path.GetFileName(file), (string)node["resourceType"]!, (string?)node["id"], json);
        }
    }
}
