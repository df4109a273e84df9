using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Health.IntegrationTests.Fhir;

/// <summary>Input nobody here wrote: fifteen synthetic patients as transactions, read back resource by resource.</summary>
[Collection<FhirCollection>]
public sealed class The_patient_bundles_of_Synthea(FhirHouse house)
{
    [Fact]
    public async Task load_and_read_back_equal_except_id_meta_and_resolved_references()
    {
        var folder = SharedData.Find("fhir/synthea");
        Assert.SkipWhen(folder is null, "The shared data folder is not here (HEALTH_SHARED, or ../shared/data beside the repository).");
        var count = 0;
        foreach (var file in Directory.GetFiles(folder!, "*.json").Order())
        {
            var text = await File.ReadAllTextAsync(file);
            var answer = await house.AsHospital.Send("POST", "", text);
            Assert.True(answer.StatusCode == HttpStatusCode.OK, $"{Path.GetFileName(file)}: {(int)answer.StatusCode} {(answer.StatusCode == HttpStatusCode.OK ? "" : await answer.Content.ReadAsStringAsync())}");
            var sent = JsonNode.Parse(text)!["entry"]!.AsArray();
            var made = (await answer.Body())["entry"]!.AsArray();
            Assert.Equal(sent.Count, made.Count);
            var targets = new Dictionary<string, string>();
            for (var i = 0; i < sent.Count; i++) targets[(string)sent[i]!["fullUrl"]!] = Place(made[i]!);
            await Parallel.ForAsync(0, sent.Count, new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (i, _) =>
            {
                var read = JsonNode.Parse(await house.AsHospital.GetStringAsync("/fhir/" + Place(made[i]!), CancellationToken.None))!;
                var expected = sent[i]!["resource"]!.DeepClone();
                Resolve(expected, targets);
                foreach (var node in new[] { read.AsObject(), expected.AsObject() })
                {
                    node.Remove("id");
                    node.Remove("meta");
                }

                Assert.True(JsonNode.DeepEquals(expected, read), $"{Path.GetFileName(file)} entry {i}");
                Interlocked.Increment(ref count);
            });
        }

        Assert.Equal(5807, count);
    }

    private static string Place(JsonNode entry) => string.Join('/', new Uri((string)entry["response"]!["location"]!).AbsolutePath.Split('/')[2..4]);

    private static void Resolve(JsonNode? node, Dictionary<string, string> targets)
    {
        switch (node)
        {
            case JsonObject members:
                if (members["reference"] is JsonValue value && value.GetValueKind() == JsonValueKind.String && targets.TryGetValue((string)value!, out var target)) members["reference"] = target;
                foreach (var member in members.ToList()) Resolve(member.Value, targets);
                break;
            case JsonArray items:
                foreach (var item in items) Resolve(item, targets);
                break;
        }
    }
}
